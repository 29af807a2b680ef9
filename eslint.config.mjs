import importX from 'eslint-plugin-import-x';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** A wall: the files may not import what the pattern names. */
const wall = (files, ignores, groups) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: groups }] },
});

const dockerodeWall = { group: ['dockerode', 'docker-modem'], message: 'Only src-main/engine knows Docker.' };
const lowdbWall = { group: ['lowdb', 'lowdb/*'], message: 'Only src-main/store knows lowdb.' };
const electronWall = {
  group: ['electron', 'electron/*'],
  message: 'Electron stays in src-main/index.ts, src-main/desktop and src-preload.',
};
const backendWall = {
  group: ['**/src-main/**'],
  allowTypeImports: true,
  message: 'The renderer imports only types from the backend.',
};

export default tseslint.config(
  { ignores: ['out/', 'dist/', '.cache/', 'node_modules/', 'test/.artifacts/', 'eslint.config.mjs'] },
  {
    files: ['**/*.{ts,tsx,mjs}'],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.node.json', './tsconfig.web.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'no-console': 'error',
    },
  },
  { files: ['scripts/**', 'test/bench/**'], rules: { 'no-console': 'off' } },
  {
    files: ['src-renderer/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks },
    rules: reactHooks.configs.recommended.rules,
  },
  { files: ['src-renderer/**/*.tsx'], ...jsxA11y.flatConfigs.recommended },
  wall(
    ['src-main/**/*.ts'],
    ['src-main/engine/**', 'src-main/store/**', 'src-main/index.ts', 'src-main/desktop/**'],
    [dockerodeWall, lowdbWall, electronWall],
  ),
  wall(['src-main/engine/**/*.ts'], [], [lowdbWall, electronWall]),
  wall(['src-main/store/**/*.ts'], [], [dockerodeWall, electronWall]),
  wall(['src-main/index.ts', 'src-main/desktop/**/*.ts'], [], [dockerodeWall, lowdbWall]),
  wall(['src-renderer/**/*.{ts,tsx}'], [], [dockerodeWall, lowdbWall, electronWall, backendWall]),
);
