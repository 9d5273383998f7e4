// Package runbooks holds the runbooks that come with calm. It owns their text and nothing else:
// model/runbook says what they mean.
package runbooks

import "embed"

// FS holds every built-in runbook, as Markdown.
//
//go:embed *.md
var FS embed.FS

// defaultName is the runbook of the service that calm was first built for.
const defaultName = "aurora-concierge.md"

// Default gives the runbook that is used when none is named.
func Default() (name string, source []byte) {
	source, err := FS.ReadFile(defaultName)
	if err != nil {
		// It is compiled in, so this is a broken build and not a state of the world.
		panic(err)
	}
	return defaultName, source
}
