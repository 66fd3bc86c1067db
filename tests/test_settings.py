"""Settings: defaults, where values come from, and mistakes that are said instead of swallowed."""

import pytest

from qm.errors import ConfigError
from qm.settings import Settings, load


def test_the_defaults_are_for_one_machine():
    settings = load({})

    assert settings.database.startswith("sqlite:///")
    assert settings.objects.startswith("file:///")
    assert settings.keep_original_queues == ()
    assert settings.rules_on == ()


def test_the_home_folder_is_filled_in():
    assert "~" not in str(load({}).models_cache)


@pytest.mark.parametrize(
    ("environ", "name", "value"),
    [
        ({"QM_PORT": "9000"}, "port", 9000),
        ({"QM_RULES_ON": "a, b"}, "rules_on", ("a", "b")),
        ({"QM_ZONE": "America/Chicago"}, "zone", "America/Chicago"),
        ({"HOME": "/root", "PATH": "/bin"}, "port", 8080),
    ],
)
def test_a_variable_sets_its_setting(environ, name, value):
    assert getattr(load(environ), name) == value


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"QM_PROT": "1"}, "no such setting: QM_PROT"),
        ({"QM_PORT": "many"}, "settings: port"),
        ({"QM_ZONE": "Mars/Olympus"}, "no such time zone"),
        ({"QM_CONFIG": "/nowhere.toml"}, "QM_CONFIG cannot be read"),
        ({"QM_DATABASE_URL_FILE": "/nowhere"}, "QM_DATABASE_URL_FILE"),
    ],
)
def test_a_mistake_stops_the_start_and_names_the_setting(environ, said):
    with pytest.raises(ConfigError, match=said):
        load(environ)


def test_a_secret_comes_from_its_file_and_is_in_no_repr(tmp_path):
    path = tmp_path / "url"
    path.write_text("postgresql://qm:hunter2@db/qm\n")

    settings = load({"QM_DATABASE_URL_FILE": str(path)})

    assert settings.database == "postgresql://qm:hunter2@db/qm"
    assert "hunter2" not in repr(settings)


def test_a_wrong_secret_is_not_quoted():
    with pytest.raises(ConfigError) as wrong:
        load({"QM_KAFKA_SECURITY": "hunter2"})

    assert "hunter2" not in str(wrong.value)


def test_a_file_sets_what_variables_do_not(tmp_path):
    path = tmp_path / "qm.toml"
    path.write_text('port = 9000\nsite_name = "Riverside"\n')

    settings = load({"QM_CONFIG": str(path), "QM_PORT": "9001"})

    assert (settings.port, settings.site_name) == (9001, "Riverside")


def test_every_setting_says_what_it_is():
    assert all(field.description for field in Settings.model_fields.values())
