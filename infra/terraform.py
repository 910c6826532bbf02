#!/usr/bin/env python3
"""Writes the Terraform module in `terraform/` from main.json; check.py says when that is due."""

from pathlib import Path

from checks import template, terraform

FOLDER = Path(__file__).resolve().parent


def main():
    target = FOLDER / "terraform"
    target.mkdir(exist_ok=True)
    for name, text in terraform.files(template.load(FOLDER / "main.json"), FOLDER).items():
        (target / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
