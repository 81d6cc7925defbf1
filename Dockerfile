# goeswith as a service. Built from locked, hashed requirements; runs as a user without rights.
#
#   docker build -t goeswith .
#   docker run --rm -v shop:/home/goeswith/home goeswith index CATALOG      (mount the catalog too)
#   docker run -p 8080:8080 -v shop:/home/goeswith/home goeswith

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/goeswith
COPY requirements/run.txt requirements/test.txt requirements/
# redis, the client of a shared cache, is an extra: its pin and hashes are in the lock of the tests.
RUN awk '/^[^ #]/ {keep = /^redis==/} keep' requirements/test.txt > requirements/redis.txt \
    && /opt/goeswith/bin/pip install --require-hashes --no-deps \
        --requirement requirements/run.txt --requirement requirements/redis.txt
COPY pyproject.toml setup.py README.md LICENSE MANIFEST.in ./
COPY engine engine
COPY cache cache
COPY prompts prompts
COPY eval eval
RUN /opt/goeswith/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN useradd --create-home --uid 10001 --shell /usr/sbin/nologin goeswith \
    && install --directory --owner=goeswith --mode=0700 /home/goeswith/home
COPY --from=build /opt/goeswith /opt/goeswith
ENV PATH=/opt/goeswith/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GOESWITH_HOME=/home/goeswith/home \
    GOESWITH_SERVE__HOST=0.0.0.0 \
    GOESWITH_SERVE__PORT=8080
# By number, so that a cluster can see that it is not root.
USER 10001
WORKDIR /home/goeswith
VOLUME /home/goeswith/home
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["goeswith"]
CMD ["serve"]
