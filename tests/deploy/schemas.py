"""Validates objects of Kubernetes by its own schemas. As a program it reads manifests from standard input, and answers as JSON
with `unchecked`, the kinds that Kubernetes itself has no schema for, and `invalid`, a message for each invalid object."""
import json
import sys

import kubernetes_validate
import yaml

# The oldest version that Chart.yaml allows, and the newest whose schemas are at hand.
VERSIONS = ["1.25.0", kubernetes_validate.latest_version()]


def judged(text, answer):
    for found in yaml.safe_load_all(text):
        if found is None:
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(found, version, strict=True)
            except kubernetes_validate.SchemaNotFoundError:
                answer["unchecked"].append(found["kind"])
            except kubernetes_validate.ValidationError as error:
                answer["invalid"].append(f"{found['kind']} in {version}: {error}")


if __name__ == "__main__":
    answer = {"unchecked": [], "invalid": []}
    judged(sys.stdin.read(), answer)
    json.dump(answer, sys.stdout)
