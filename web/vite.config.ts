import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

/* One file with everything in it: it is mailed, and opened without a network. */
export default defineConfig({
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  build: {
    target: "es2021",
    modulePreload: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    cssCodeSplit: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
  /* The licences of the libraries that go into the file stay in it. */
  esbuild: { legalComments: "inline" },
});
