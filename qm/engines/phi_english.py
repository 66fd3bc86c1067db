"""English words that carry structure: numbers, letters, months, fillers, corrections, units."""

from __future__ import annotations

from qm.engines.phi_words import Vocabulary, phrases, words

_NATO = (
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike "
    "november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
)

ENGLISH = Vocabulary(
    language="en",
    digits={
        "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4",
        "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
        "naught": "0", "nought": "0",
    },
    homophones={
        "to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8", "won": "1", "or": "0",
        "owe": "0", "free": "3", "tree": "3", "sex": "6", "sics": "6", "nein": "9", "fife": "5",
    },
    teens={
        "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
        "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
    },
    tens={
        "twenty": "20", "thirty": "30", "forty": "40", "fourty": "40", "fifty": "50",
        "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    },
    tens_link="",
    hundreds={"hundred": 100, "thousand": 1000, "million": 1_000_000},
    big={},
    big_link="and",
    ordinals={
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
        "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
        "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
        "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
    },
    repeats={"double": 2, "triple": 3, "treble": 3},
    months={
        "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
        "august": 8, "september": 9, "october": 10, "november": 11, "december": 12, "jan": 1,
        "feb": 2, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sept": 9, "sep": 9, "oct": 10,
        "nov": 11, "dec": 12,
    },
    # jan and june are first names, dec and sep hardly words; "mar" is left out: it is a name too
    modal_months=frozenset({"may", "march", "august", "jan", "sep", "dec"}),
    weekdays=words("monday tuesday wednesday thursday friday saturday sunday"),
    letters={
        **{word: word[0] for word in _NATO.split()},
        "dee": "d", "bee": "b", "cee": "c", "zee": "z", "zed": "z", "jay": "j", "kay": "k",
        "queue": "q", "ess": "s", "tee": "t", "vee": "v", "em": "m", "en": "n", "aitch": "h",
        "eff": "f", "gee": "g", "ell": "l",
    },
    spelling=phrases("as in | like in | is for | for | like | as | is in | s in"),
    fillers=phrases("uh | um | er | erm | hm | hmm | like | you know | let me see | let's see"),
    joiners=phrases(
        "uh | um | er | erm | hm | hmm | like | okay | ok | you know | let me see | let's see | "
        "and then | then | dash | hyphen | minus | dot | point | space | slash | comma | "
        "then it's | and then it's | followed by | then a | and a | and then a | and then there's | "
        "uh huh | yeah | again | it's | hold on | with a | there's a | there's"
    ),
    corrections=phrases(
        "no | wait | no wait | no sorry | sorry | i'm sorry | i mean | scratch that | "
        "strike that | make that | actually | rather | correction | or is it | or is that | or maybe | "
        "excuse me | my mistake | wait no | oh wait | oh no | no no | not"
    ),
    units=words(
        "dollar dollars cent cents bucks percent milligram milligrams mg mgs mcg microgram "
        "micrograms gram grams kg kilo kilos milliliter milliliters ml cc ccs units unit tablet "
        "tablets tab tabs pill pills capsule capsules cap caps puff puffs drop drops teaspoon "
        "teaspoons tablespoon tablespoons dose doses refill refills time times year years month "
        "months week weeks day days hour hours minute minutes min mins second seconds night nights "
        "o'clock am pm a.m p.m mile miles foot feet inch inches pound pounds lb lbs ounce ounces "
        "oz degree degrees people person persons kids children girls boys sisters brothers "
        "daughters sons page pages visit visits session sessions call calls person nurse nurses "
        "doctor doctors form forms letter letters copies copy step steps things thing ways way "
        "questions question options option steps more less other others times liters liter "
        "diopters millimeters centimeters cm mm rooms bed beds floors floor stairs blocks bags bag "
        "bottles bottle boxes packs pack vials vial shots shot pens strips inhalers patches years "
        "grand percentile weeks' days' hours' minutes' months' years' bpm thousand million "
        "business working calendar point o'clock ish something different separate appointments "
        "openings slots claims bills statements accounts numbers digits letters words names "
        "sheets pieces parts half halves quarter quarters fold fifths thirds quarters cups cup "
        "beats over"
    ),
    not_numbers=words(
        "page pages section step option line number chapter level stage phase type grade question "
        "paragraph part box boxes line column item items press room floor gate door desk window "
        "bay exit unit group tier category class modifier version volume act day week month year "
        "age aged about around roughly nearly almost than every only least most another past "
        "under over between within top last next first press"
    ),
    known_numbers=words("911 988 411 211 311 611 711 811 401 247 365 24 50 1099"),
    known_codes=words(
        "a1c b12 d3 b6 k2 t3 t4 h1n1 covid19 w2 1099 401k 403b er ed id ids mri mra mrn ct cts cat "
        "tv dvd pcp obgyn ob gyn iv ivs hr eob eobs hmo ppo epo pos dob ssn er icu nicu ent uti "
        "copd adhd add ptsd ekg ecg eeg emg cbc bmp cmp ldl hdl psa hiv hpv mmr tdap rsv flu dna "
        "rna otc rx npi dea cpt icd hipaa aarp fmla ada cobra sbc moop hsa fsa hra usa us uk am pm "
        "bp bpm rn lpn np pa md do dmv cpap bipap gi pt ot tpn dme asap faq pdf ok xray po tb cdl "
        "pd vip atm ceo ups usps aka nsaid nsaids ibs gerd als ms tmj dpt va vin udi pin csr cc "
        "acl mcl dnr poa dvt tia afib chf ckd l5 l4 s1 c5 c6 t12 sms url ip wifi www http gps app "
        "pa's vpn usb pcr bmi tsh std sti iud d&c pet dexa nst afp o2 spo2 co2 ii iii iv abc abcs "
        "snf lgbt aa na cna ltc pcs hcpcs edi era ach apr irs ssa ssi ssdi snap wic cms nyu ucla"
    ),
    code_names=words("id npi mrn cdl rx ssn dob vin pin"),
    articles=words("the a an this that"),
    stop=words(
        "gon na gotta uhm umm mmhmm mmm x-ray xray "
        "whew yo papi oopsie oops aww aw ow ouch lemme gimme hah ha haha heh ugh ooh ohh ahh whoa yikes "
        "dunno c'mon cmon hooray yay phew shh psst eh nuh welp yah yessir nope uhhuh mm-hm hiya howdy "
        "dang darn shoot crap bless amen cheers congrats congratulations "
        "i i'm i'd i'll i've me my mine myself you your yours you're you'd you'll you've we we're "
        "we'll we'd we've us our ours he he's he'd he'll him his she she's she'd she'll her hers "
        "it it's its it'll they they're they'd they'll they've them their theirs the a an this that "
        "that's these those there there's here here's what what's when where where's who who's "
        "whom whose which why how how's and or but nor so yet if then than because cause since "
        "while until till though although as at by for from in into of off on onto out over per "
        "through to toward under up upon with within without about above across after against "
        "along among around before behind below beneath beside between beyond down during except "
        "inside like near outside past am is isn't are aren't was wasn't were weren't be been "
        "being do does doesn't did didn't don't done doing have has had having haven't hasn't "
        "hadn't can can't cannot could couldn't shall should shouldn't would wouldn't won't must "
        "might let let's no not none nothing nobody never yes yeah yep yup nope nah ok okay oh ah "
        "uh um er erm hm hmm mm mhm huh wow hey hi hello bye goodbye thanks thank please sorry "
        "well now just also too very really only even still already again ever always sometimes "
        "often maybe perhaps actually basically sure right wrong good great fine alright all any "
        "anybody anyone anything both each either every everybody everyone everything few more "
        "most much many neither other others another some somebody someone something such own same "
        "one ones two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy "
        "eighty ninety zero hundred thousand million first second third last next today tomorrow "
        "yesterday tonight monday tuesday wednesday thursday friday saturday sunday mondays "
        "tuesdays wednesdays thursdays fridays saturdays sundays morning afternoon evening night "
        "sir ma'am madam miss mister mr mrs ms missus doctor dr nurse mom dad mama papa mother "
        "father grandma grandpa ma pa honey hon dear sweetie sweetheart buddy babe baby kiddo "
        "brother sister god lord jesus christ goodness gosh heavens hell damn y'all yall ya gonna "
        "gotta wanna kinda sorta 'cause 'em ain't go going gone get got getting give given take "
        "taking say says said saying see seeing seen know knows knew think thinks thought want "
        "wants wanted need needs needed look looking make makes made call calls called calling "
        "come coming came tell told ask asked asking try trying tried put keep help hear heard "
        "check checking wait waiting hold holding stay back good fine new old big little long "
        "able available another name names number numbers birthday birth date phone address email "
        "insurance medicare medicaid medical member card account claim billing pharmacy hospital "
        "clinic office health care department center line desk team support service services "
        "speaking speak spell spelled spelling talking listen repeat confirm correct exactly "
        "perfect absolutely awesome wonderful welcome unfortunately understood gotcha "
        "english spanish french german chinese american internet google facebook amazon youtube "
        "christmas thanksgiving easter halloween covid tylenol advil aspirin"
    ),
)  # fmt: skip
