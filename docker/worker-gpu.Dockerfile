# The worker on an NVIDIA GPU.  The host needs a driver for CUDA 13 and the container toolkit.
#   docker build -f docker/worker-gpu.Dockerfile -t qm-worker-gpu .
# torch brings the libraries of CUDA 13 in its wheels.  CTranslate2 wants cuBLAS of CUDA 12, which
# docker/gpu.lock adds; the worker loads it by itself (qm/engines/cublas.py).
ARG BASE=nvidia/cuda:13.0.1-base-rockylinux9

FROM ${BASE} AS python
# The distribution keeps only the newest build of a package, so a full version would soon be gone.
# hadolint ignore=DL3041
RUN dnf --assumeyes --setopt=install_weak_deps=False install python3.11 shadow-utils \
 && dnf clean all \
 && ln -s /usr/bin/python3.11 /usr/local/bin/python3

FROM python AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_LINK_MODE=copy
COPY docker/uv.lock docker/worker.lock /opt/qm/build/
RUN python3 -m venv /opt/qm/build/tools \
 && /opt/qm/build/tools/bin/python -m pip install --quiet --require-hashes -r /opt/qm/build/uv.lock
ENV PATH=/opt/qm/build/tools/bin:/usr/local/bin:/usr/bin:/bin
RUN --mount=type=cache,target=/root/.cache/uv \
    python3 -m venv --without-pip /opt/qm/venv \
 && uv pip install --quiet --python /opt/qm/venv/bin/python --require-hashes \
    -r /opt/qm/build/worker.lock
COPY docker/gpu.lock /opt/qm/build/gpu.lock
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --quiet --python /opt/qm/venv/bin/python --require-hashes \
    -r /opt/qm/build/gpu.lock
COPY qm /opt/qm/app/qm
COPY models /opt/qm/app/models
WORKDIR /opt/qm/app
RUN --mount=type=cache,target=/root/.cache/uv \
    QM_MODELS_CACHE=/opt/qm/weights /opt/qm/venv/bin/python -m qm models pull

FROM python
LABEL org.opencontainers.image.title="qm-worker-gpu" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 qm \
 && useradd --system --uid 10001 --gid qm --home-dir /run/qm --shell /usr/sbin/nologin qm \
 && install -d -o qm -g qm -m 0750 /data
COPY --from=build /opt/qm/venv /opt/qm/venv
COPY --from=build /opt/qm/weights /opt/qm/weights
COPY qm /opt/qm/app/qm
COPY configs /opt/qm/app/configs
COPY models /opt/qm/app/models
COPY streams /opt/qm/app/streams
COPY docker/healthy.py /opt/qm/healthy.py
ENV PATH=/opt/qm/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/qm/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    QM_DATA_DIR=/run/qm QM_OBJECTS_URL=file:///data/objects \
    QM_MODELS_CACHE=/opt/qm/weights QM_WORKER_METRICS_PORT=9090 \
    QM_DEVICE=cuda NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /opt/qm/app
USER 10001:10001
ENTRYPOINT ["python3", "-m", "qm"]
CMD ["worker"]
