# The server on stdio, as a user without rights, with its index prepared so that a read-only container starts fast.
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY constraints.txt ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --constraint constraints.txt build hatchling
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY akamai_mcp/ akamai_mcp/
COPY specs/ specs/
RUN /opt/build/bin/python -m build --wheel --no-isolation --outdir /dist \
    && python -m venv /opt/akamai-mcp \
    && /opt/akamai-mcp/bin/pip install --constraint constraints.txt /dist/*.whl

FROM python:${PYTHON_VERSION}-slim
# For SSL_CERT_FILE; unset, certifi's certificates are trusted. Not pinned: the newest certificates are the point.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home --home-dir /home/app --shell /usr/sbin/nologin app \
    && chmod 755 /home/app
COPY --from=build /opt/akamai-mcp /opt/akamai-mcp
ENV PATH=/opt/akamai-mcp/bin:$PATH \
    HOME=/home/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AKAMAI_MCP_CACHE_DIR=/home/app/.cache/akamai-mcp
WORKDIR /home/app
USER 10001:10001
# The index is made private to its owner; `docker run --user` may name another one.
RUN akamai-mcp operations list --limit 1 --json \
    && chmod -R a+rX /home/app/.cache
ENTRYPOINT ["akamai-mcp"]
