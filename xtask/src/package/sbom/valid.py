"""Says whether a file is what CycloneDX 1.6 allows, by the schema that CycloneDX's own library for Python brings."""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(sys.argv[1]).read_text())
if problem is not None:
    sys.exit(f"it is not CycloneDX 1.6: {problem}")
print("it is CycloneDX 1.6")
