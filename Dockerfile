# Runs the server as an unprivileged user. The index is prepared, so that a read-only container starts fast.
# stdio by default; `serve --transport http` serves HTTP and then requires authentication.
# To pin the base image exactly: --build-arg BASE=python@sha256:...
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY locks/ locks/
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --requirement locks/build.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY akamai_mcp/ akamai_mcp/
COPY specs/ specs/
# The lock has the extras redis, metrics, otel and programs.
RUN /opt/build/bin/python -m build --wheel --no-isolation --outdir /dist \
    && python -m venv /opt/akamai-mcp \
    && /opt/akamai-mcp/bin/pip install --require-hashes --requirement locks/image.txt \
    && /opt/akamai-mcp/bin/pip install --no-deps /dist/*.whl

FROM ${BASE}
# For SSL_CERT_FILE; without it, certifi's certificates are trusted. Not pinned, to get the newest certificates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home --home-dir /home/app --shell /usr/sbin/nologin app \
    && chmod 755 /home/app \
    && install --directory --owner=app --group=app --mode=700 /var/lib/akamai-mcp
COPY --from=build /opt/akamai-mcp /opt/akamai-mcp
# A container is reached from outside, so over HTTP the server does not start without authentication.
ENV PATH=/opt/akamai-mcp/bin:$PATH \
    HOME=/home/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AKAMAI_MCP_BIND=0.0.0.0 \
    AKAMAI_MCP_CACHE_DIR=/home/app/.cache/akamai-mcp
WORKDIR /home/app
USER 10001:10001
# The index is private to its owner, but `docker run --user` may name another user.
RUN akamai-mcp operations list --limit 1 --json \
    && chmod -R a+rX /home/app/.cache
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["akamai-mcp", "healthcheck"]
ENTRYPOINT ["akamai-mcp"]
