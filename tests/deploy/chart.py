"""Renders the Helm chart with the values on standard input, lints it, and validates the objects, for helm.rs.

The answer is one JSON object: `objects`, a text for each template; `error`, where the values are refused; `lint`, the errors
of the linter; `unchecked`, the kinds that Kubernetes itself has no schema for; `invalid`, a message for each invalid object.
"""
import json
import sys

import helm_python as helm

from schemas import judged


def main(path):
    values = json.load(sys.stdin)
    answer = {"objects": {}, "error": None, "lint": [], "unchecked": [], "invalid": []}
    chart = helm.Chart.load(path)
    try:
        chart.validate_schema(values)
        rendered = chart.render(values, name="gpu-carbon", namespace="default")
    except helm.HelmError as error:
        answer["error"] = str(error)
    else:
        answer["objects"] = {name.split("templates/")[1]: text.strip() for name, text in rendered.items() if text.strip()}
        answer["lint"] = helm.lint(path, values, strict=True)["errors"]
        for name, text in answer["objects"].items():
            if name.endswith(".yaml"):
                judged(text, answer)
    json.dump(answer, sys.stdout)


main(sys.argv[1])
