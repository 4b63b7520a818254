"""A page as one HTML file that loads nothing: styles and script stand in it, and a policy forbids all else.

What every page of ours shares is written once: `base.html.j2` around it, `tables.html.j2` in it, `page.css`, `page.js`.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

SHARED: Final = "projections.page"
"""The package in which stands what all pages share."""


def file_of(template: str, *, styles: Sequence[str], scripts: Sequence[str], style: str = "", **content: object) -> str:
    """The file's text: the same for the same content, of which whatever comes from a book is escaped.

    The template, the styles and the scripts are named by package and file, such as `projections.page/page.css`;
    `style` are further rules, for this page alone.
    """
    css, script = ("".join(map(_text, names)) for names in (styles, scripts))
    css += style
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_text),
    )
    environment.filters["as_it_is"] = Markup  # for what we made ourselves: styles, script, charts
    written = environment.get_template(template).render(
        **content, css=css, script=script, policy=_policy(css, script), shared=SHARED
    )
    return f"{written}\n"


def _text(name: str) -> str:
    package, _, file = name.partition("/")
    return files(package).joinpath(file).read_text(encoding="utf-8")


def _policy(css: str, script: str) -> str:
    """What the browser may run and show: this style and this script, and nothing from anywhere."""
    policy = {
        "default-src": "'none'",
        "style-src": f"'{_hash(css)}'",
        "script-src": f"'{_hash(script)}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


def _hash(content: str) -> str:
    """By which the policy knows a style or a script that stands in the page."""
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"
