"""The page as one HTML file that loads nothing: styles and script stand in it, and a policy forbids all else."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from projections.page.text import Page


def html(page: Page) -> str:
    """The file's text: the same for the same page. All that comes from a book is escaped."""
    source = files("projections.page")
    template, css, script = (
        source.joinpath(name).read_text(encoding="utf-8") for name in ("page.html.j2", "page.css", "page.js")
    )
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["as_it_is"] = Markup  # for what we made ourselves: styles, script, charts
    policy = {
        "default-src": "'none'",
        "style-src": f"'{_hash(css)}'",
        "script-src": f"'{_hash(script)}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    told = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    written = environment.from_string(template).render(page=page, css=css, script=script, policy=told)
    return f"{written}\n"


def _hash(content: str) -> str:
    """By which the policy knows a style or a script that stands in the page."""
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
