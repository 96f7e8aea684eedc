"""The docs agree with the code: commands parse, names exist, links resolve, figures are the measured ones."""

from __future__ import annotations

import ast
import configparser
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from advice_docs import advice_table, with_advice
from settings_docs import default_text, with_example, with_table
from undeclared import NOT_DECLARED_YET

from akamai_mcp import __version__
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.page_notes import PAGE_FACTS
from akamai_mcp.cli.commands import build_parser
from akamai_mcp.cli.serve import serve_parser
from akamai_mcp.documents.guide import PRODUCT_KEYS, load_guide
from akamai_mcp.documents.guide_check import ENTRY_KEYS, check_guide
from akamai_mcp.edgegrid.credentials import REQUIRED
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.record import LAYERS, OutcomeLabel
from akamai_mcp.pipeline.stack import PipelinePolicies, Sharing, build_pipeline
from akamai_mcp.pipeline.transport.transport import Transport, TransportPolicy
from akamai_mcp.replicas.policy import SharingPolicy
from akamai_mcp.replicas.replica import Replicas
from akamai_mcp.server.app import AkamaiServer, build_server
from akamai_mcp.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
# The docs folder, its decisions, and what stands beside the code.
DECISIONS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
GUIDES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
DOCS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "CODE_OF_CONDUCT.md",
    "benchmarks/README.md",
    "specs/README.md",
    "docs/decisions/README.md",
    *GUIDES,
    *DECISIONS,
)
CHARACTERS_A_TOKEN = 4
CREDENTIAL = re.compile(
    r"AKAMAI_(?:[A-Z0-9]+_)?(?:HOST|CLIENT_TOKEN|CLIENT_SECRET|ACCESS_TOKEN|ACCOUNT_KEY|MAX_BODY|HEADERS_TO_SIGN)(?:_FILE)?\Z"
)

# A variable of docker-compose.yml; the server itself does not read it.
OF_COMPOSE = {"AKAMAI_MCP_HOST_NAME"}
# Nearly a setting's name: the example of a mistyped one.
MISTYPED = {"AKAMAI_MCP_READONLY"}
# A folder that an operator makes.
OF_THE_OPERATOR = {"deploy/secrets/"}


@pytest.fixture(scope="module")
def server() -> AkamaiServer:
    # Nobody's credentials: with more than one customer the tools would have an argument more.
    return build_server(Settings(edgerc=Path("/nonexistent")))


def read(doc: str) -> str:
    return (ROOT / doc).read_text(encoding="utf-8")


def blocks(doc: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", read(doc), re.DOTALL | re.MULTILINE)


def shell_lines() -> list[tuple[str, list[str]]]:
    lines = ((doc, line) for doc in DOCS for block in blocks(doc, "sh") for line in block.splitlines())
    return [(doc, words) for doc, line in lines if (words := shlex.split(line, comments=True))]


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("doc", ["README.md", "docs/architecture.md"])
def test_the_docs_that_everybody_reads_have_at_most_150_lines(doc: str):
    assert len(read(doc).splitlines()) <= 150


def leads_somewhere(doc: str, target: str) -> bool:
    path, _, anchor = target.partition("#")
    linked = (ROOT / doc).parent / path if path else ROOT / doc
    return linked.is_file() and (not anchor or anchor in anchors(linked.read_text(encoding="utf-8")))


def test_every_relative_link_leads_to_a_file_and_heading():
    links = [(doc, target) for doc in DOCS for target in re.findall(r"\]\(([^)\s]+)\)", read(doc))]
    relative = [link for link in links if not link[1].startswith("https://")]
    assert len(relative) > len(DOCS)
    assert [link for link in relative if not leads_somewhere(*link)] == []


def test_every_akamai_mcp_command_in_a_shell_block_parses():
    commands = [(doc, words[1:]) for doc, words in shell_lines() if words[0] == "akamai-mcp"]
    assert commands
    for doc, arguments in commands:
        try:
            parser, rest = (serve_parser(), arguments[1:]) if arguments[:1] == ["serve"] else (build_parser(), arguments)
            options = parser.parse_args(rest)
        except SystemExit:
            pytest.fail(f"{doc}: akamai-mcp {shlex.join(arguments)} does not parse")
        if getattr(options, "json", None) and isinstance(options.json, str):
            assert isinstance(json.loads(options.json), dict)


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {words[1] for _, words in shell_lines() if words[0] == "make"}
    named |= {target for doc in DOCS for target in re.findall(r"`make ([a-z-]+)`", read(doc))}
    assert {"demo", "test", "check", "bench", "eval"} <= named
    assert named <= targets


def test_every_test_that_security_names_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", read("docs/security.md"))
    assert len(named) > 40
    for file, name in named:
        assert re.search(rf"^(?:async )?def {name}\(", read(file), re.MULTILINE), f"{file} has no {name}"


def test_every_promise_of_security_names_a_test():
    promised = read("docs/security.md").partition("## Wrong account")[2].partition("## What is not promised")[0]
    promises = re.findall(r"^- (.+?)(?=^- |^## |\Z)", promised, re.MULTILINE | re.DOTALL)
    assert len(promises) > 20
    for promise in promises:
        assert "::test_" in promise, promise


def test_shell_blocks_use_only_commands_that_a_test_knows():
    assert {words[0] for _, words in shell_lines()} <= {"akamai-mcp", "make", "docker", "kubectl", "helm", "uv"}


def test_the_demo_is_a_command():
    assert '`uvx --from ".[programs]" akamai-mcp demo`' in read("README.md")
    assert build_parser().parse_args(["demo"]).command == "trial.demo:demo"


def test_options_of_serve_that_are_named_exist(capsys: pytest.CaptureFixture[str]):
    from akamai_mcp.cli import main

    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    named = re.search(r"`akamai-mcp serve` also takes (.*?), which override", read("docs/configuration.md"), re.DOTALL)
    assert named
    assert set(re.findall(r"--[a-z-]+", named[1])) == known - {"--help"}


async def test_every_tool_that_is_named_exists(server: AkamaiServer, catalogue: Catalogue):
    fixed = {tool.name for tool in await server.list_tools()}
    known = fixed | set(catalogue.names()) | {"akamai_mcp"}
    named = {
        (doc, name) for doc in DOCS for name in re.findall(r"(?<![\w/.])akamai_[a-z0-9_]*[a-z0-9](?![\w/<]|\.py)", read(doc))
    }
    assert named
    assert {(doc, name) for doc, name in named if name not in known} == set()


def test_the_readme_names_every_fixed_tool(server: AkamaiServer):
    from akamai_mcp.server.provider import AkamaiProvider

    provider = next(provider for provider in server.providers if isinstance(provider, AkamaiProvider))
    assert {name for name in provider._fixed if f"`{name}`" not in read("README.md")} == set()


def test_every_operation_key_that_is_named_exists(catalogue: Catalogue):
    keys = {(doc, key) for doc in DOCS for key in re.findall(r"(?<![\w/<])[a-z0-9-]+/v\d+#[a-z0-9-]+", read(doc))}
    assert keys
    assert {(doc, key) for doc, key in keys if catalogue.find(key) is None} == set()


def test_every_variable_that_is_named_exists():
    settings = {PREFIX + name.upper() for name in Settings.model_fields} | NOT_DECLARED_YET | OF_COMPOSE | MISTYPED
    named = {
        (doc, name)
        for doc in (*DOCS, ".env.example", "Dockerfile")
        for name in re.findall(r"AKAMAI_[A-Z0-9_]*[A-Z0-9]", read(doc).replace("<SECTION>", "SECTION"))
    }
    others = {(doc, name) for doc, name in named if name not in settings}
    assert others < named
    assert {(doc, name) for doc, name in others if name.startswith(PREFIX) or not CREDENTIAL.match(name)} == set()


def test_the_settings_table_is_what_the_code_declares():
    assert with_table(read("docs/configuration.md")) == read("docs/configuration.md"), "run `make docs`"


def test_the_table_of_advice_is_what_the_code_says():
    assert with_advice(read("docs/troubleshooting.md")) == read("docs/troubleshooting.md"), "run `make docs`"
    assert advice_table() in read("docs/troubleshooting.md")


def test_defaults_in_the_readme_are_the_real_ones():
    rows = re.findall(rf"^\| ((?:`{PREFIX}\w+`(?:, )?)+) \| (.*?) \|", read("README.md"), re.MULTILINE)
    assert rows
    for names, defaults in rows:
        fields = [Settings.model_fields[name.removeprefix(PREFIX).lower()] for name in re.findall(r"\w+", names)]
        assert re.findall(r"`(.*?)`", defaults) == [text for field in fields if (text := default_text(field.default))]


def test_the_example_environment_has_every_setting_with_its_default():
    assert with_example(read(".env.example")) == read(".env.example"), "run `make docs`"
    assert [line for line in read(".env.example").splitlines() if line and not line.startswith("#")] == []


def test_json_blocks_parse():
    found = [(doc, block) for doc in DOCS for block in blocks(doc, "json")]
    assert found
    for doc, block in found:
        assert json.loads(block), doc


def test_client_configurations_start_the_server_with_settings_that_exist():
    configurations = [json.loads(block) for doc in ("README.md", "docs/configuration.md") for block in blocks(doc, "json")]
    assert [next(iter(configuration)) for configuration in configurations] == ["mcpServers", "servers"]
    for configuration in configurations:
        entry = next(iter(configuration.values()))["akamai"]
        assert entry["command"] == "uvx"
        assert entry["args"][-1] == "akamai-mcp"
        assert {name.removeprefix(PREFIX).lower() for name in entry["env"]} <= Settings.model_fields.keys()


def test_the_credentials_example_has_what_is_required():
    parser = configparser.ConfigParser()
    parser.read_string(blocks("README.md", "ini")[0])
    assert tuple(parser["default"]) == REQUIRED


def test_the_customers_file_of_the_docs_is_one_with_every_key():
    from akamai_mcp.edgegrid.customers_file import KEYS, parse_customers

    (block,) = blocks("docs/configuration.md", "toml")
    assert set(parse_customers(block, "docs", "default").definitions) == {"acme", "acme-audit", "partner"}
    table = read("docs/configuration.md").split("## Customers")[1].split("\n## ")[0]
    assert {key for key in KEYS if f"`{key}`" not in table} == set()


def test_the_roles_file_of_the_docs_is_one_with_every_key():
    from akamai_mcp.access.roles import BUILT_IN, KEYS, parse_roles

    (block,) = blocks("docs/http.md", "toml")
    assert parse_roles(block, "docs").keys() == {"dns-team", "support"}
    section = read("docs/http.md").split("## Roles")[1].split("\n## ")[0]
    assert {name for name in (*KEYS, *BUILT_IN) if f"`{name}`" not in section} == set()


async def test_the_figures_of_the_readme_are_the_measured_ones(server: AkamaiServer, catalogue: Catalogue):
    text = read("README.md")
    counts = catalogue.counts()
    assert f"{counts['documents']} documents, {counts['documented']:,} operations" in text
    assert f"{counts['fromClients']:,} undocumented operations" in text
    tools = await server.list_tools()
    size = sum(len(tool.to_mcp_tool().model_dump_json(by_alias=True, exclude_none=True)) for tool in tools)
    said = re.search(r"sees (\d+) tools, about ([\d,]+) tokens", text)
    assert said
    assert int(said[1]) == len(tools)
    assert int(said[2].replace(",", "")) == pytest.approx(size / CHARACTERS_A_TOKEN, rel=0.05)
    assert f"{counts['operations'] + len(tools):,} tools" in text
    refused = [entry for entry in catalogue.entries() if entry.refusal]
    assert len({entry.document for entry in refused}) == 1
    assert f"{len(refused)} operations of one document" in text


def test_the_example_exchange_is_what_the_catalogue_says(catalogue: Catalogue):
    from akamai_mcp.catalogue.search.search import Search

    found = Search(catalogue).find("flush these URLs from the cache", limit=2).entries
    assert {entry.name for entry in found} == {"akamai_ccu_post_invalidate_url", "akamai_ccu_post_delete_url"}
    assert {entry.effect.worst for entry in found} == {"destroy"}


def test_the_architecture_names_every_room_and_only_rooms():
    tree = blocks("docs/architecture.md", "text")[0]
    package = ROOT / "akamai_mcp"
    rooms = {path.parent.name for path in package.rglob("*/__init__.py")}
    assert set(re.findall(r"^  (\w+)/", tree, re.MULTILINE)) == {path.parent.name for path in package.glob("*/__init__.py")}
    assert set(re.findall(r"(?<=[ ;])(\w+)/ ", tree)) - {"specs"} == rooms


def built_layers(sharing: Sharing | None = None) -> list[str]:
    """The modules of the layers as `build_pipeline` puts them round the transport, the outermost first."""
    layer: object = build_pipeline(Transport(TransportPolicy()), PipelinePolicies(), sharing=sharing).handler
    layers = [layer]
    while layer := getattr(layer, "_inner", None):
        layers.append(layer)
    return [type(layer).__module__.removeprefix("akamai_mcp.").replace(".", "/") + ".py" for layer in layers]


def drawn_layers() -> list[tuple[str, bool]]:
    """The modules of the diagram in the order of its arrows, and whether each is drawn as one with Redis alone."""
    (diagram,) = blocks("docs/architecture.md", "mermaid")
    nodes = {name: (module, bool(redis)) for name, module, redis in re.findall(r'(\w+)\[".*?<br>(\S+)"\](:::redis)?', diagram)}
    arrows = dict(re.findall(r"^  (\w+)\b.* --> (\w+)$", diagram, re.MULTILINE))
    (name,) = nodes.keys() - arrows.values()
    order = [nodes[name]]
    while name := arrows.get(name, ""):
        order.append(nodes[name])
    assert len(order) == len(nodes)
    return order


def test_the_diagram_has_the_layers_in_the_order_in_which_they_are_built():
    assert [module for module, redis in drawn_layers() if not redis] == built_layers()


def test_the_diagram_has_the_layers_of_replicas_where_they_are_built():
    replicas = Replicas(SharingPolicy(url="redis://127.0.0.1:1", key=b"k" * 32, longest_call=1.0), PipelinePolicies(), Counters())
    assert [module for module, _ in drawn_layers()] == built_layers(replicas.sharing)


def test_the_architecture_has_the_layers_of_the_import_contract():
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    text = " > ".join(f"`{layer.replace('akamai_mcp.', '')}`" for layer in layers)
    assert text in " ".join(read("docs/architecture.md").split())


def test_every_module_and_folder_that_is_named_exists():
    named = {(doc, place) for doc in DOCS for place in re.findall(r"`([a-z0-9_./-]+(?:\.py|/))(?:::\w+)?`", read(doc))}
    places = {(doc, place) for doc, place in named if not place.startswith("/") and place not in OF_THE_OPERATOR}
    assert places
    roots = (ROOT / "akamai_mcp", ROOT)
    assert {
        (doc, place) for doc, place in places if not any((root / place).exists() for root in (*roots, (ROOT / doc).parent))
    } == set()


def test_every_name_in_the_recipes_is_one_of_the_code():
    recipes = read("docs/architecture.md").split("## Change one thing")[1].split("\n## ")[0]
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "akamai_mcp").rglob("*.py"))
    names = set(re.findall(r"`(_?[A-Za-z]\w+)(?:\(.*?\))?`", recipes))
    assert {"read_controls", "controls_of", "fixed_tool", "build_pipeline", "to_error_answer"} <= names
    assert {name for name in names if not re.search(rf"(?:def|class) {name}\b|^\s*{name}\b.*[:=]", source, re.MULTILINE)} == set()


def test_the_layers_and_outcomes_of_a_call_are_those_of_its_record():
    section = read("docs/configuration.md").split("## Logs, metrics and traces")[1].split("\n## ")[0]
    table = section.split("| layer |")[1].split("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == LAYERS
    outcomes = section.split("\n`outcome` is ")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", outcomes)) == set(get_args(OutcomeLabel))


def test_a_decision_has_its_four_parts_and_stands_in_the_index():
    index = read("docs/decisions/README.md")
    for doc in DECISIONS:
        text = read(doc)
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"], doc
        assert all(part.strip() for part in re.split(r"^#+ .+$", text, flags=re.MULTILINE)[2:]), doc
        title, number = re.match(r"# (.+)\n", text), Path(doc).name[:4]
        assert title, doc
        assert f"| {number} | [{title[1]}]({Path(doc).name}) |" in index


def test_decisions_are_numbered_one_after_the_other():
    assert [int(Path(doc).name[:4]) for doc in DECISIONS] == [*range(1, len(DECISIONS) + 1)]
    assert len(re.findall(r"^\| \d{4} ", read("docs/decisions/README.md"), re.MULTILINE)) == len(DECISIONS)


def test_the_glossary_is_in_alphabetical_order():
    words = re.findall(r"^\| (\w[^|]*) \|", read("docs/glossary.md"), re.MULTILINE)[1:]
    assert words
    assert words == sorted(words, key=str.lower)


def test_the_guide_format_names_every_key_and_its_example_is_a_guide(tmp_path: Path):
    for folder, example in zip(("guide", "asks"), blocks("specs/README.md", "yaml"), strict=True):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ccu.yaml").write_text(example, encoding="utf-8")
    guide = load_guide(tmp_path / "guide")
    assert [*check_guide(guide, {("ccu", "v3"): frozenset(guide.product("ccu").entries["v3"])})] == []
    # Keys are written as code: in the example or between backticks.
    code = re.findall(r"```.+?```|`[^`]+`", read("specs/README.md").split("## The guide")[1], re.DOTALL)
    named = set(re.findall(r"\w+", " ".join(code)))
    assert {*ENTRY_KEYS, *PRODUCT_KEYS, *PAGE_FACTS, "same_as", "tool_keys", "tool_key"} - named == set()


def test_the_docs_use_the_words_of_the_field():
    private = re.compile(r"\b(?:doors?|deeds?|papers?|tolls?|borders?|lanes?|shelf|shelves|echo(?:e[sd])?)\b", re.IGNORECASE)
    prose = {doc: re.sub(r"`[^`]*`|^```.*?^```", "", read(doc), flags=re.DOTALL | re.MULTILINE) for doc in DOCS}
    assert {doc: found for doc, text in prose.items() if (found := private.findall(text))} == {}


def test_the_changelog_has_the_form_of_keep_a_changelog():
    text = read("CHANGELOG.md")
    assert text.startswith("# Changelog\n")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", version) for version in versions[1:])
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert __version__ in text


def messages() -> list[str]:
    """Every text in the package's code; a line feed stands for what is put in."""
    return [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "\n" for part in getattr(node, "values", [node]))
        for path in (ROOT / "akamai_mcp").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    ]


def test_every_message_that_troubleshooting_quotes_is_one_of_the_code():
    quoted = re.findall(r"^### `(.+)`$", read("docs/troubleshooting.md"), re.MULTILINE)
    assert len(quoted) > 20
    whole = messages()
    patterns = {quote: re.compile(".*".join(re.escape(part) for part in quote.split("...")), re.DOTALL) for quote in quoted}
    assert [quote for quote, pattern in patterns.items() if not any(pattern.fullmatch(text) for text in whole)] == []


def test_every_guide_is_linked_from_the_readme():
    assert {doc for doc in GUIDES if f"]({doc}" not in read("README.md")} == set()


def test_the_notice_names_the_licence_and_denies_affiliation():
    text = " ".join(read("NOTICE").split())
    assert "Apache License, Version 2.0" in text
    assert "not affiliated with" in text


def test_the_image_is_built_from_what_the_build_context_keeps():
    kept = set(re.findall(r"^!(\S+)", read(".dockerignore"), re.MULTILINE))
    copied = {
        name.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", read("Dockerfile"), re.MULTILINE)
        for name in line.split()
    }
    assert copied == kept
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_runs_the_server_as_a_user_without_rights():
    lines = read("Dockerfile").splitlines()
    assert lines[-1] == 'ENTRYPOINT ["akamai-mcp"]'
    assert next(line for line in lines if line.startswith("USER ")) == "USER 10001:10001"


def test_docs_hold_no_machine_path_and_no_registry_host():
    ours = re.compile(r"/(?:root|work|tmp|Users)/|/home/(?!app)|pypi\.|npmjs|docker\.io|ghcr\.")
    docs = (*DOCS, "NOTICE", ".env.example", "Dockerfile")
    assert {doc: found for doc in docs if (found := ours.findall(read(doc)))} == {}
