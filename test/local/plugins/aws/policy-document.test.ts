import { deepEqual, equal } from "node:assert/strict";
import { policyDocument } from "../../../../local/plugins/aws/policy-document";
import type { PlainProperties } from "../../../../local/plugins/shared/values";

const render = (args: PlainProperties) => JSON.parse(policyDocument(args).json) as unknown;

describe("an IAM policy document", () => {
  it("is written as IAM wants it: one value plain, several as a list", () => {
    deepEqual(
      render({
        statements: [
          {
            sid: "Read",
            actions: ["s3:GetObject", "s3:ListBucket"],
            resources: ["arn:aws:s3:::b/&{aws:username}"],
            principals: [{ type: "Service", identifiers: ["eks.amazonaws.com"] }],
            conditions: [
              { test: "StringEquals", variable: "a", values: ["x"] },
              { test: "StringEquals", variable: "b", values: ["y", "z"] },
            ],
          },
          { effect: "Deny", notActions: ["iam:*"], resources: ["*"], principals: [{ type: "*", identifiers: ["*"] }] },
        ],
      }),
      {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "Read",
            Effect: "Allow",
            Action: ["s3:ListBucket", "s3:GetObject"],
            Resource: "arn:aws:s3:::b/${aws:username}",
            Principal: { Service: "eks.amazonaws.com" },
            Condition: { StringEquals: { a: "x", b: ["y", "z"] } },
          },
          { Effect: "Deny", NotAction: "iam:*", Resource: "*", Principal: "*" },
        ],
      },
    );
  });

  it("merges other documents, a later statement in place of an earlier one with its sid", () => {
    const other = (sid: string, action: string) =>
      policyDocument({ statements: [{ sid, actions: [action], resources: ["*"] }] }).json;

    deepEqual(
      render({
        sourcePolicyDocuments: [other("A", "a:Source"), other("B", "b:Source")],
        overridePolicyDocuments: [other("B", "b:Override")],
        statements: [{ sid: "C", actions: ["c:Own"], resources: ["*"] }],
      }),
      {
        Version: "2012-10-17",
        Statement: [
          { Sid: "A", Effect: "Allow", Action: "a:Source", Resource: "*" },
          { Sid: "B", Effect: "Allow", Action: "b:Override", Resource: "*" },
          { Sid: "C", Effect: "Allow", Action: "c:Own", Resource: "*" },
        ],
      },
    );
  });

  it("has the same id whenever it says the same", () => {
    const args = { statements: [{ actions: ["a:B"], resources: ["*"] }] };

    equal(policyDocument(args).id, policyDocument(args).id);
  });
});
