"""The words that an account's data are made of: domains reserved for tests (RFC 2606), addresses for documents (RFC 5737)."""

from __future__ import annotations

from typing import Final

BRANDS: Final = ("nordwind", "alpenglow", "harbourline", "maplecroft", "silverbirch", "tidewater", "kestrel", "lumenfield")
PURPOSES: Final = ("www", "shop", "api", "media", "assets", "login", "blog", "downloads", "search", "tickets")
COUNTRIES: Final = (
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pl",
    "se",
    "uk",
    "us",
    "ca",
    "br",
    "mx",
    "jp",
    "kr",
    "sg",
    "au",
    "in",
    "za",
    "tr",
    "ch",
)
CITIES: Final = ("Amsterdam", "Frankfurt", "Stockholm", "Chicago", "Singapore", "Sydney")
PEOPLE: Final = ("avega", "bkowalski", "cmori", "dnovak", "eoduya", "flindqvist")
PRODUCTS: Final = (
    ("prd_Fresca", "Ion Standard"),
    ("prd_SPM", "Ion Premier"),
    ("prd_Site_Accel", "Dynamic Site Accelerator"),
    ("prd_Adaptive_Media_Delivery", "Adaptive Media Delivery"),
    ("prd_Download_Delivery", "Download Delivery"),
)
RULE_FORMATS: Final = ("v2020-11-02", "v2022-06-28", "v2023-01-05", "v2024-02-12", "v2024-08-13", "v2025-02-18")
NETWORKS: Final = ("STAGING", "PRODUCTION")
DOCUMENT_NETS: Final = ("192.0.2", "198.51.100", "203.0.113")
