# Pages, API, jobs by the clock, and the commands that need no model: no torch, no weights.
#   docker build -f docker/web.Dockerfile -t qm-web .
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_LINK_MODE=copy
COPY docker/uv.lock docker/web.lock /opt/qm/build/
RUN python3 -m venv /opt/qm/build/tools \
 && /opt/qm/build/tools/bin/python -m pip install --quiet --require-hashes -r /opt/qm/build/uv.lock
ENV PATH=/opt/qm/build/tools/bin:/usr/local/bin:/usr/bin:/bin
RUN --mount=type=cache,target=/root/.cache/uv \
    python3 -m venv --without-pip /opt/qm/venv \
 && uv pip install --quiet --python /opt/qm/venv/bin/python --require-hashes \
    -r /opt/qm/build/web.lock

FROM ${BASE}
LABEL org.opencontainers.image.title="qm-web" org.opencontainers.image.licenses="Apache-2.0"
# Fixed ids, so that volumes and secrets of a host can be given to them.
RUN groupadd --system --gid 10001 qm \
 && useradd --system --uid 10001 --gid qm --home-dir /run/qm --shell /usr/sbin/nologin qm \
 && install -d -o qm -g qm -m 0750 /data
COPY --from=build /opt/qm/venv /opt/qm/venv
COPY qm /opt/qm/app/qm
COPY configs /opt/qm/app/configs
COPY streams /opt/qm/app/streams
COPY docker/healthy.py /opt/qm/healthy.py
ENV PATH=/opt/qm/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/qm/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    QM_DATA_DIR=/run/qm QM_OBJECTS_URL=file:///data/objects
WORKDIR /opt/qm/app
USER 10001:10001
EXPOSE 8443
ENTRYPOINT ["python3", "-m", "qm"]
CMD ["web"]
