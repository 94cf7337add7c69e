"""Changes of the document before a run: nothing is taken from what answers have to be like."""

import copy

from values import IDS, OF_FIELD, OF_SCHEMA

METHODS = ("get", "put", "post", "patch", "delete")
COMPONENTS = "#/components/schemas/"
# The vendor names these, and whatever a PUT names is made: any name may be one that is there.
NAMED_BY_CALLER = {"orderId", "entitlementId", "host", "service"}


def operations(document):
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def stripped(document):
    """Takes away the response for whatever is not documented: it would allow every status."""
    for _, _, operation in operations(document):
        operation["responses"].pop("default", None)


def with_bearers(document):
    """Tells the tool that tokens of the issuer are bearers too, so that it can leave them out."""
    for scheme in document["components"]["securitySchemes"].values():
        if scheme["type"] == "openIdConnect":
            scheme.clear()
            scheme.update(type="http", scheme="bearer")


def with_real_paths(document, world, also_named):
    """Lets paths name what is there. Without `also_named` what the caller may name stays free."""
    for path, _, operation in operations(document):
        name = operation["operationId"]
        acting = path.split("/")[3] if path.startswith("/v1/accounts/{") else None
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "path":
                continue
            known = parameter["name"]
            if f"{{{known}}}" == acting and known == "customer":
                real = world["values"]["account"]
            else:
                real = world["only"].get(name, {}).get(known) or world["values"][known]
            if also_named or known not in NAMED_BY_CALLER:
                parameter["schema"] = {"type": "string", "enum": real}


class Sensible:
    """Lets requests hold valid values, so that they get past the first look at them."""

    def __init__(self, document, world):
        self.schemas = document["components"]["schemas"]
        self.document, self.world = document, world
        self.own = {}

    def apply(self):
        for _, _, operation in operations(self.document):
            self.own = self.world["only"].get(operation["operationId"], {})
            prefix = operation["operationId"]
            for parameter in operation.get("parameters", []):
                if parameter["in"] != "path":
                    parameter["schema"] = self.sent(parameter["schema"], prefix, parameter["name"])
            for content in operation.get("requestBody", {}).get("content", {}).values():
                bodies = self.world["bodies"].get(prefix)
                content["schema"] = {"enum": bodies} if bodies else self.sent(content["schema"], prefix, None)

    def known(self, name, field):
        """Valid values of a schema or field."""
        if field in self.own:
            return self.own[field]
        ids = IDS.get(name)
        if ids:
            return self.own.get(ids) or self.world["values"][ids]
        return OF_SCHEMA.get(name) or OF_FIELD.get(field)

    def sent(self, schema, prefix, field):
        """The schema as it is sent by this operation; answers go on with the original."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(COMPONENTS)
            values = self.known(name, field)
            if values:
                return {"enum": values}
            own = f"{prefix}.{name}"
            if own not in self.schemas:
                self.schemas[own] = {}
                self.schemas[own].update(self.sent(self.schemas[name], prefix, None))
            return schema | {"$ref": COMPONENTS + own}
        schema = self.flat(copy.deepcopy(schema))
        values = self.known(None, field)
        if values and self.is_text(schema):
            return {"enum": values + ([None] if "null" in schema["type"] else [])}
        if "properties" in schema:
            # The API refuses fields that it does not know.
            schema["additionalProperties"] = False
        for name, inner in schema.get("properties", {}).items():
            schema["properties"][name] = self.sent(inner, prefix, name)
        if "items" in schema:
            schema["uniqueItems"] = True
            schema["items"] = self.sent(schema["items"], prefix, field)
        for several in ("oneOf", "anyOf"):
            if several in schema:
                schema[several] = [self.sent(one, prefix, field) for one in schema[several]]
        return schema

    def flat(self, schema):
        """One object of all its parts, which could not each refuse the fields of the others."""
        whole = {"type": "object", "properties": {}, "required": []}
        for part in schema.pop("allOf", []):
            while "$ref" in part:
                part = self.schemas[part["$ref"].removeprefix(COMPONENTS)]
            part = self.flat(copy.deepcopy(part))
            whole["properties"].update(part.get("properties", {}))
            whole["required"] += part.get("required", [])
        return schema | whole if whole["properties"] else schema

    @staticmethod
    def is_text(schema):
        return "enum" not in schema and schema.get("type") not in (None, "array", "object", "boolean", "null")
