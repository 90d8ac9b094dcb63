# One image per role: api, worker, cleanup_crew, nginx. Build one with `docker build --target api .`, all with
# `docker compose build`. Nothing here needs BuildKit.
ARG PYTHON_IMAGE=python:3.13-slim-trixie
ARG NGINX_IMAGE=nginx:1.28

# --- build: compilers, caches and pip stay in these stages ------------------------------------------------------------

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements/build.lock requirements/
RUN python -m venv tools \
 && tools/bin/pip install --require-hashes --requirement requirements/build.lock
COPY requirements/api.lock requirements/worker.lock requirements/cleanup_crew.lock requirements/

# Dependencies first, the package itself last: a change of code does not install them again. Wheels in between, so that
# what comes as source (pyvips) is built by the locked tools; the environments get no pip.
FROM build AS wheel
COPY pyproject.toml README.md LICENSE ./
COPY src/ src/
COPY nginx/ nginx/
COPY prometheus/ prometheus/
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist .

FROM build AS api_environment
RUN tools/bin/pip wheel --no-build-isolation --require-hashes --requirement requirements/api.lock --wheel-dir wheels \
 && python -m venv --without-pip /opt/pixelmill \
 && tools/bin/pip --python /opt/pixelmill install --no-index --no-deps wheels/*.whl
COPY --from=wheel /build/dist/ dist/
RUN tools/bin/pip --python /opt/pixelmill install --no-index --no-deps dist/*.whl

FROM build AS worker_environment
RUN tools/bin/pip wheel --no-build-isolation --require-hashes --requirement requirements/worker.lock --wheel-dir wheels \
 && python -m venv --without-pip /opt/pixelmill \
 && tools/bin/pip --python /opt/pixelmill install --no-index --no-deps wheels/*.whl
COPY --from=wheel /build/dist/ dist/
RUN tools/bin/pip --python /opt/pixelmill install --no-index --no-deps dist/*.whl

FROM build AS cleanup_crew_environment
RUN tools/bin/pip wheel --no-build-isolation --require-hashes --requirement requirements/cleanup_crew.lock --wheel-dir wheels \
 && python -m venv --without-pip /opt/pixelmill \
 && tools/bin/pip --python /opt/pixelmill install --no-index --no-deps wheels/*.whl
COPY --from=wheel /build/dist/ dist/
RUN tools/bin/pip --python /opt/pixelmill install --no-index --no-deps dist/*.whl

# --- run --------------------------------------------------------------------------------------------------------------

FROM ${PYTHON_IMAGE} AS role
# A new volume takes the owner of the folder it is mounted on: all roles share one store.
RUN groupadd --gid 10001 pixelmill \
 && useradd --uid 10001 --gid pixelmill --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin pixelmill \
 && install --directory --owner=pixelmill --group=pixelmill /var/lib/pixelmill/store
ENV PATH=/opt/pixelmill/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /

# Flask, no decoder: libvips is not in this image.
FROM role AS api
COPY --from=api_environment /opt/pixelmill /opt/pixelmill
ENV PIXELMILL_API_HOST=0.0.0.0
EXPOSE 5000
CMD ["pixelmill", "api"]

FROM role AS worker
COPY --from=worker_environment /opt/pixelmill /opt/pixelmill
ENV PIXELMILL_WORKER_HOST=0.0.0.0
EXPOSE 8000
CMD ["pixelmill", "worker"]

# Also runs the migrations: `pixelmill migrate`.
FROM role AS cleanup_crew
COPY --from=cleanup_crew_environment /opt/pixelmill /opt/pixelmill
ENV PIXELMILL_CLEANUP_HOST=0.0.0.0
EXPOSE 8001
CMD ["pixelmill", "cleanup-crew"]

FROM ${NGINX_IMAGE} AS nginx
# Owned as in the roles, whichever container meets the new volume first.
RUN install --directory --owner=10001 --group=10001 /var/lib/pixelmill/store
COPY nginx/*.template /etc/nginx/templates/
COPY nginx/frontend/ /usr/share/pixelmill/frontend/
# The image's entry point fills in the template. The folder is the one that stays writable when the rest does not: a
# tmpfs mounted there takes over its mode.
ENV NGINX_ENVSUBST_OUTPUT_DIR=/run/pixelmill NGINX_ENVSUBST_FILTER=^PIXELMILL_NGINX_
RUN install --directory --mode=1777 /run/pixelmill
USER 101:101
EXPOSE 8080
STOPSIGNAL SIGQUIT
CMD ["nginx", "-p", "/run/pixelmill", "-c", "/run/pixelmill/nginx.conf", "-e", "stderr", "-g", "daemon off;"]
