import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { build } from 'vite';

/**
 * Bundled, so that a start reads few files and only what is used of them is loaded; the other dependencies stay packages
 * (docs/decisions/004).
 */
const BUNDLED = [
  '@fastify/multipart',
  '@fastify/static',
  'ajv',
  'async-mutex',
  'docker-modem',
  'dockerode',
  'fast-json-stringify',
  'fastify',
  'lowdb',
  'pino',
  'tar-stream',
  'typebox',
  'ulid',
  'ws',
];

/** What dependencies load at once for uses that the product does not make of them. */
const NEVER_USED = new Set([
  // dockerode: image builds, and engines behind ssh, which the product refuses before dockerode sees them.
  '@balena/dockerignore',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  'protobufjs',
  'ssh2',
  'tar-fs',
  'uuid',
  // @fastify/static: one route for each file (`wildcard: false`).
  'glob',
  // pino: writing in another thread.
  'thread-stream',
]);
const LEFT_OUT = '\0left-out:';
const leaveOut = {
  name: 'leave-out-what-is-never-used',
  enforce: 'pre' as const,
  resolveId: (id: string) => (NEVER_USED.has(id) ? LEFT_OUT + id : undefined),
  load: (id: string) => (id.startsWith(LEFT_OUT) ? 'module.exports = {};' : undefined),
};

const MAIN_FOLDER = resolve('out/main');

/**
 * The headless server as one CommonJS script beside the modules: Node takes compiled code from an earlier run for
 * scripts only (docs/decisions/004).
 */
const serverScript = {
  name: 'server-script',
  apply: 'build' as const,
  closeBundle: async () => {
    await build({
      configFile: false,
      plugins: [leaveOut],
      ssr: { noExternal: true, external: ['@fastify/swagger'] },
      build: {
        ssr: true,
        outDir: MAIN_FOLDER,
        emptyOutDir: false,
        sourcemap: true,
        minify: true,
        target: 'node20',
        rolldownOptions: {
          input: { server: resolve('src-main/server.ts') },
          // As require: code that comes from an earlier run cannot import (Node 20: ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING).
          output: { format: 'cjs', entryFileNames: '[name].cjs', dynamicImportInCjs: false },
        },
      },
    });
  },
};

export default defineConfig({
  main: {
    plugins: [leaveOut, serverScript],
    build: {
      externalizeDeps: { exclude: BUNDLED },
      outDir: MAIN_FOLDER,
      sourcemap: true,
      // Less to read and to keep in memory; the maps lead back from a stack trace.
      minify: true,
      rolldownOptions: {
        input: {
          index: resolve('src-main/index.ts'),
          headless: resolve('src-main/headless.ts'),
          setup: resolve('src-main/setup.ts'),
          'secret-worker': resolve('src-main/snapshots/secrets/secret-worker.mjs'),
        },
        // Chunks lie beside the entries, so that import.meta.dirname is out/main wherever a module ends up.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rolldownOptions: {
        input: { index: resolve('src-preload/index.ts') },
        // A sandboxed preload can only be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve('src-renderer'),
    plugins: [react(), guiBase()],
    build: {
      outDir: resolve('out/renderer'),
      // light-dark() and container queries as written: every browser of mid-2024 has them.
      // The list stands only here: electron-vite appends a list of script targets to itself and then rejects it.
      target: 'chrome123',
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      // Inlined fonts and icons would be data: URLs, which the CSP forbids for fonts.
      assetsInlineLimit: 0,
      // electron-vite leaves the renderer readable; this one also travels to browsers.
      minify: true,
      rolldownOptions: {
        input: { index: resolve('src-renderer/index.html') },
        output: {
          // In one file, though dialogs and screens that come later use parts of it: twenty small ones took 70 ms more.
          codeSplitting: { groups: [{ name: 'first-load', tags: ['$initial'] }] },
        },
      },
    },
  },
});

/**
 * The same paths under http://localhost:8080/app/ and app://. A plugin, because electron-vite overwrites the `base`
 * option of production builds with `./`, which breaks on every path deeper than one.
 */
function guiBase(): { name: string; enforce: 'post'; config: () => { base: string } } {
  return { name: 'gui-base', enforce: 'post', config: () => ({ base: '/app/' }) };
}
