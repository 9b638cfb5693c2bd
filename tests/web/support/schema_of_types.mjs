/*
 * The JSON Schema that web/src/document/types.ts amounts to, by its syntax tree. Members that are
 * not known are allowed everywhere. docs/report-schema.json says the same and more (bounds, words):
 * plain() takes the more away.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load, root } from "./tools.mjs";

const ts = load("typescript");
const Kind = ts.SyntaxKind;
const KEYWORDS = new Map([
  [Kind.StringKeyword, { type: "string" }], [Kind.NumberKeyword, { type: "number" }],
  [Kind.BooleanKeyword, { type: "boolean" }], [Kind.UnknownKeyword, {}],
]);

function union(nodes, lists) {
  const parts = nodes.map((node) => ofNode(node, lists));
  if (parts.every((part) => "const" in part)) return { enum: parts.map((part) => part.const) };
  if (parts.every((part) => typeof part.type === "string"))
    return { type: parts.map((part) => part.type) };
  return { anyOf: parts };
}

function object(members, lists) {
  const properties = {};
  const required = [];
  for (const member of members.filter(ts.isPropertySignature)) {
    properties[member.name.text] = ofNode(member.type, lists);
    if (!member.questionToken) required.push(member.name.text);
  }
  return { type: "object", properties, required };
}

function record([key, value], lists) {
  const values = ofNode(value, lists);
  const names = ts.isTypeReferenceNode(key) && lists.get(key.typeName.text);
  if (!names) return { type: "object", additionalProperties: values };
  return {
    type: "object", properties: Object.fromEntries(names.map((name) => [name, values])),
    required: [...names],
  };
}

function literal(node) {
  if (node.literal.kind === Kind.NullKeyword) return { type: "null" };
  return { const: ts.isNumericLiteral(node.literal) ? Number(node.literal.text)
    : node.literal.text };
}

function ofNode(node, lists) {
  const keyword = KEYWORDS.get(node.kind);
  if (keyword) return { ...keyword };
  if (ts.isLiteralTypeNode(node)) return literal(node);
  if (ts.isParenthesizedTypeNode(node)) return ofNode(node.type, lists);
  if (ts.isUnionTypeNode(node)) return union(node.types, lists);
  if (ts.isArrayTypeNode(node)) return { type: "array", items: ofNode(node.elementType, lists) };
  if (ts.isTypeLiteralNode(node)) return object(node.members, lists);
  if (ts.isTupleTypeNode(node)) {
    const places = node.elements.map((element) => ofNode(element, lists));
    return { type: "array", prefixItems: places, minItems: places.length, items: false };
  }
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.text;
    return name === "Record" ? record(node.typeArguments, lists) : { $ref: `#/$defs/${name}` };
  }
  throw new Error(`no schema for ${node.getText()}: teach it to schema_of_types.mjs`);
}

/* `export const NAMES = [...] as const; export type Name = (typeof NAMES)[number];` */
function readList(statement, lists) {
  for (const { name, initializer } of statement.declarationList.declarations) {
    if (ts.isAsExpression(initializer))
      lists.set(name.text, initializer.expression.elements.map((element) => element.text));
  }
}

export function typesSchema(path = join(root, "web/src/document/types.ts")) {
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2021, true);
  const lists = new Map();
  const defs = {};
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      readList(statement, lists);
    } else if (ts.isInterfaceDeclaration(statement)) {
      defs[statement.name.text] = object(statement.members, lists);
    } else if (ts.isTypeAliasDeclaration(statement)) {
      const name = statement.name.text;
      if (ts.isIndexedAccessTypeNode(statement.type)) {
        lists.set(name, lists.get(statement.type.objectType.type.exprName.text));
        defs[name] = { enum: lists.get(name) };
      } else {
        defs[name] = ofNode(statement.type, lists);
      }
    }
  }
  return defs;
}

const MORE = new Set([
  "description", "$comment", "pattern", "minimum", "maximum", "minLength", "contentEncoding",
  "format", "uniqueItems",
]);

/* What a schema says of names and types, without the rest. */
export function plain(schema) {
  if (Array.isArray(schema)) return schema.map(plain);
  if (schema === "integer") return "number";
  if (schema === null || typeof schema !== "object") return schema;
  const kept = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") {
      kept.properties = Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name, plain(member)]));
    } else if (!MORE.has(key) && !(key === "minItems" && !("prefixItems" in schema))) {
      kept[key] = key === "const" ? value : plain(value);
    }
  }
  return kept;
}
