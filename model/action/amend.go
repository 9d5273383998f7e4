package action

// mends are the lint rules whose findings calm mends by itself where it plans the step, by the flag
// that it adds to the command.
var mends = map[string]string{
	"pm2-update-env": "--update-env",
	"pm2-nostream":   "--nostream",
}

// Mends is the flag that calm adds to a command in which a lint rule finds it missing; empty for a
// rule whose findings calm leaves to people.
func Mends(rule string) string { return mends[rule] }
