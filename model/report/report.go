// Package report writes what people outside the console read: messages from the runbook's
// templates and the post-mortem. It fills in what the incident knows and leaves the rest visibly
// open; it invents nothing and sends nothing.
package report

// Draft is a filled template.
type Draft struct {
	Purpose  string
	Channels []string
	Body     string
	Filled   []Field
	Open     []Field // what a person must still say, in order
}

// Field is one placeholder of a template.
type Field struct {
	Text  string // as the template has it: "[Time estimate]"
	Value string // what it was filled with; empty when open
	From  string // where the value came from: "timeline", "nginx log, 3 s ago"
}
