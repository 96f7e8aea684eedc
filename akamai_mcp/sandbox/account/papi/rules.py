"""Rule trees as a site would have them: each version has a little more than the one before."""

from __future__ import annotations

from typing import Any, Final

from akamai_mcp.sandbox.account.estate import Site

Rule = dict[str, Any]
LEGACY_EVERY: Final = 5
TTLS: Final = ("10m", "1h", "1d", "7d", "30d")


def rule_tree(site: Site, version: int) -> Rule:
    """The rules of a version of a site, as PAPI shows them."""
    return {
        "name": "default",
        "options": {"is_secure": True},
        "comments": f"Delivers {site.name}.",
        "behaviors": [_origin(site), _cpcode(site), _caching("NO_STORE"), _behavior("allowPost", enabled=True)],
        "criteria": [],
        "criteriaMustSatisfy": "all",
        "variables": [],
        "children": _children(site)[: 1 + version],
    }


def origin_host(site: Site) -> str:
    """The origin of a site: some still have the old one."""
    old = site.property_id % LEGACY_EVERY == 0
    return f"legacy-{site.purpose}.{site.brand.domain}" if old else site.origin


def _children(site: Site) -> list[Rule]:
    ttl = TTLS[site.property_id % len(TTLS)]
    return [
        _rule("Compression", [_behavior("gzipResponse", behavior="ALWAYS")], [_matches("contentType", ["text/*", "*json*"])]),
        _rule("Static objects", [_caching("MAX_AGE", ttl)], [_matches("fileExtension", ["css", "js", "png", "woff2", "webp"])]),
        _rule("Security headers", [_header("Strict-Transport-Security", "max-age=31536000")], []),
        _rule("Redirect the old shop", [_redirect(f"www.{site.brand.domain}")], [_matches("path", ["/old-shop/*"])]),
        _rule("Personal pages", [_caching("BYPASS_CACHE")], [_matches("path", ["/account/*", "/cart/*"])]),
        _rule("Prefetching", [_behavior("prefetch", enabled=True)], []),
        _rule("Tiered distribution", [_behavior("tieredDistribution", enabled=True, tieredDistributionMap="CH2")], []),
        _rule("Frame options", [_header("X-Frame-Options", "SAMEORIGIN")], []),
    ]


def _rule(name: str, behaviors: list[Rule], criteria: list[Rule]) -> Rule:
    return {"name": name, "behaviors": behaviors, "criteria": criteria, "criteriaMustSatisfy": "all", "children": []}


def _behavior(name: str, **options: Any) -> Rule:
    return {"name": name, "options": options}


def _matches(name: str, values: list[str]) -> Rule:
    operator = "MATCHES_ONE_OF" if name == "path" else "IS_ONE_OF"
    return {"name": name, "options": {"matchOperator": operator, "values": values, "matchCaseSensitive": False}}


def _caching(behavior: str, ttl: str = "") -> Rule:
    options = {"behavior": behavior, "mustRevalidate": False, **({"ttl": ttl} if ttl else {})}
    return {"name": "caching", "options": options}


def _header(name: str, value: str) -> Rule:
    return _behavior(
        "modifyOutgoingResponseHeader",
        action="MODIFY",
        standardModifyHeaderName="OTHER",
        customHeaderName=name,
        newHeaderValue=value,
    )


def _redirect(host: str) -> Rule:
    return _behavior(
        "redirect",
        destinationHostname="OTHER",
        destinationHostnameOther=host,
        destinationPath="SAME_AS_REQUEST",
        destinationProtocol="HTTPS",
        queryString="APPEND",
        responseCode=301,
    )


def _origin(site: Site) -> Rule:
    return _behavior(
        "origin",
        originType="CUSTOMER",
        hostname=origin_host(site),
        forwardHostHeader="REQUEST_HOST_HEADER",
        cacheKeyHostname="ORIGIN_HOSTNAME",
        compress=True,
        enableTrueClientIp=True,
        trueClientIpHeader="True-Client-IP",
        httpPort=80,
        httpsPort=443,
        originSni=True,
        verificationMode="PLATFORM_SETTINGS",
    )


def _cpcode(site: Site) -> Rule:
    product = site.product_id.removeprefix("prd_")
    return _behavior("cpCode", value={"id": site.cpcode_id, "name": site.name, "description": site.name, "products": [product]})
