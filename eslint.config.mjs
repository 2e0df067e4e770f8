import js from "@eslint/js";
import { importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Nothing in `target` may import from `from`. */
const forbid = (target, from, message) => ({
  target: `./${target}`,
  from: from.map((folder) => `./${folder}`),
  message,
});

export default tseslint.config(
  { ignores: ["node_modules", ".local"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "import-x/no-cycle": "error",
      // The direction of imports: core <- components <- infra; local and policies stand apart from the product.
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            forbid(
              "components/core",
              ["components/!(core)/**/*", "infra/**/*", "local/**/*", "policies/**/*", "release/**/*"],
              "core is the base: it imports no component",
            ),
            forbid(
              "components",
              ["infra", "local", "policies", "release"],
              "components know nothing of who composes them",
            ),
            forbid("infra", ["local", "policies", "release"], "the program does not know the tools around it"),
            forbid(
              "policies",
              ["components", "infra", "local", "release"],
              "policies judge the product, they do not trust it",
            ),
            forbid(
              "release",
              ["components", "local", "policies"],
              "release knows the stack through infra/outputs only",
            ),
            forbid(
              "local",
              ["components", "infra", "policies", "release"],
              "local runs the product, it is no part of it",
            ),
          ],
        },
      ],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    // Commands are the ones that talk to a person.
    files: ["local/commands/**"],
    rules: { "no-console": "off" },
  },
  {
    files: ["**/*.mjs"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // `describe` and `it` return nothing to wait for; the promises inside them are still checked.
      "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [] }],
    },
  },
);
