// Package release builds an app beside the one that runs: what a command installs and builds comes to
// be in a folder of its own and is put in place of the old in one go, only when it is whole. What was
// there before is kept, so that it can be put back. It decides nothing: its plans are made by ops/plan.
package release

import (
	"os"
	"path/filepath"
	"regexp"
)

// outputs are the folders that builds of JavaScript write, by the names that their tools give them.
var outputs = []string{
	"dist", "build", ".next", "out", ".output", ".nuxt", ".svelte-kit", ".vercel", ".turbo", ".vite", ".parcel-cache", ".cache",
	".astro", ".angular", "storybook-static", "coverage", "lib-dist", "public/build", "public/dist", "public/assets", "tmp/cache",
}

// stamps are the files in which a build says what it was made from.
var stamps = []string{"build.json", "version.json", "BUILD_ID", "REVISION", "revision.txt", "commit.txt"}

var fullHash = regexp.MustCompile(`\b[0-9a-f]{40}\b`)

// Built is what a build says of itself.
type Built struct {
	Commit string // whole
	File   string // that says it, below the app's folder
}

// BuiltFrom finds the commit that the build of an app's folder was made from, where the build says it.
func BuiltFrom(dir string) (Built, bool) {
	for _, out := range outputs {
		for _, stamp := range stamps {
			name := filepath.Join(out, stamp)
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<16 {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, name))
			if found := fullHash.Find(text); err == nil && found != nil {
				return Built{Commit: string(found), File: name}, true
			}
		}
	}
	return Built{}, false
}
