# What Holdfast asks of every resource of the types that the binding states. `opinion` is the answer;
# where it is undefined, the rule abstains.
package holdfast

settings := data.settings

opinion := {
	"verdict": "exclude",
	"exclude": {"kind": "ephemeral"},
	"reasons": [reason("short-lived", "tag lifetime=ephemeral", "lifetime", "ephemeral")],
} if {
	tag("lifetime") == "ephemeral"
} else := {
	"verdict": "protect",
	"protection": {"retention": {"min-days": settings["min-days"]}},
	"reasons": [reason("tag-asks", sprintf("tag %s=%s", [settings.tag, value]), settings.tag, value)],
} if {
	value := tag(settings.tag)
	value in settings.values
} else := {
	"verdict": "abstain",
	"reasons": [{"code": "no-tag", "message": sprintf("no tag %s asks for protection", [settings.tag])}],
}

# Azure compares the names of tags without case.
tag(name) := value if {
	some key, value in input.target.tags
	lower(key) == lower(name)
}

reason(code, message, name, value) := {
	"code": code,
	"message": message,
	"evidence": [{"pointer": concat("/", ["/target/tags", name]), "value": value}],
}
