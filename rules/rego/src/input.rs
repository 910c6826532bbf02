//! A request as the values of a policy's `input`.

use holdfast_rule_sdk::{Failure, Request};
use regorus::Value;

/// What a Rego policy sees as `input`. The body is parsed only `with_body`: it is most of the cost.
pub(crate) fn for_rego(request: &Request<'_>, with_body: bool) -> Result<Value, Failure> {
    let target = &request.target;
    let mut resource = vec![
        ("id", Value::from(target.id)),
        ("type", Value::from(target.type_)),
        ("name", Value::from(target.name)),
        ("location", Value::from(target.location)),
        ("resource-group", Value::from(target.resource_group)),
        ("subscription", Value::from(target.subscription)),
        ("tags", object(target.tags.iter().map(|tag| (tag.name, Value::from(tag.value))))?),
    ];
    resource.extend(target.sku.map(|sku| ("sku", Value::from(sku))));
    resource.extend(target.kind.map(|kind| ("kind", Value::from(kind))));
    if with_body {
        resource.push(("body", body(request)?));
    }
    object([
        ("target", object(resource)?),
        ("workload", Value::from(request.workload)),
        ("labels", object(request.labels.iter().map(|label| (label.name, Value::from(label.value))))?),
        ("facts", facts(request)?),
        ("event-time", Value::from(request.event_time)),
    ])
}

/// The resource in ARM's shape: its body, completed by what the contract states beside it.
pub(crate) fn arm_resource(request: &Request<'_>) -> Result<Value, Failure> {
    let target = &request.target;
    let mut resource = body(request)?;
    let fields = resource.as_object_mut().map_err(unreadable)?;
    for (name, text) in
        [("id", target.id), ("type", target.type_), ("name", target.name), ("location", target.location)]
    {
        fields.insert(Value::from(name), Value::from(text));
    }
    let tags = object(target.tags.iter().map(|tag| (tag.name, Value::from(tag.value))))?;
    fields.insert(Value::from("tags"), tags);
    if let Some(kind) = target.kind {
        fields.insert(Value::from("kind"), Value::from(kind));
    }
    if let Some(sku) = target.sku
        && fields.get(&Value::from("sku")).is_none()
    {
        fields.insert(Value::from("sku"), object([("name", Value::from(sku))])?);
    }
    Ok(resource)
}

/// An object of these fields.
pub(crate) fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Value, Failure> {
    let mut object = Value::new_object();
    let kept = object.as_object_mut().map_err(unreadable)?;
    for (name, value) in fields {
        kept.insert(Value::from(name), value);
    }
    Ok(object)
}

fn body(request: &Request<'_>) -> Result<Value, Failure> {
    Value::from_json_str(request.target.body)
        .map_err(|error| Failure::BadInput(format!("the resource's body is not JSON: {error}")))
}

/// Kind, then scope in lower case; a fact that the host looked for and did not find is null.
fn facts(request: &Request<'_>) -> Result<Value, Failure> {
    let mut kinds = Value::new_object();
    let kept = kinds.as_object_mut().map_err(unreadable)?;
    for fact in request.facts.iter() {
        let value = match fact.value {
            Some(text) => Value::from_json_str(text).map_err(|error| {
                Failure::BadInput(format!("the fact `{}` is not JSON: {error}", fact.kind))
            })?,
            None => Value::Null,
        };
        let scopes = kept.get_or_insert_with(Value::from(fact.kind), Value::new_object);
        let scope = Value::from(fact.scope.to_ascii_lowercase());
        scopes.as_object_mut().map_err(unreadable)?.insert(scope, value);
    }
    Ok(kinds)
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::BadInput(format!("the resource is not an object: {error}"))
}
