import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{core,recorders,live-bridge,engine,test,bench,notebooks}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['test/cache-folder.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    coverage: {
      provider: 'v8',
      include: [
        'core/**/*.ts',
        'recorders/**/*.ts',
        'live-bridge/**/*.ts',
        'engine/**/*.ts',
        'notebooks/lockstep/*.ts',
      ],
      exclude: ['**/*.test.ts', '**/*.d.ts', '**/dist/**'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})
