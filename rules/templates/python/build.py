"""Makes dist/{{name}}.wasm: a component without imports, which is what Holdfast admits."""

import subprocess
import sys
from pathlib import Path

OUT = Path("dist/{{name}}.wasm")


def main() -> None:
    OUT.parent.mkdir(exist_ok=True)
    tool = Path(sys.executable).with_name("componentize-py")
    arguments = ["--quiet", "--wit-path", "wit", "--world", "packed-rule", "componentize", "component"]
    subprocess.run([tool, *arguments, "--stub-wasi", "--output", OUT], check=True)
    print(f"{OUT}: {OUT.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
