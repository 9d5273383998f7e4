package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/ops/pm2"
)

func TestDocuments(t *testing.T) {
	h := shop()
	h.docs[`aurora.stylistTickets {status: "stale"}`] = 216
	h.docs[`aurora.stylistTickets {}`] = 18204
	h.docs[`aurora.stylistTickets {gone: true}`] = 0
	tests := []struct {
		name, js       string
		touch, lost    string
		note           string
		address, words string
	}{
		{name: "some", js: `db.stylistTickets.deleteMany({status: "stale"})`, touch: "aurora.stylistTickets: 216 of 18,204 documents match now", lost: "216 of 18,204"},
		{name: "all", js: `db.stylistTickets.deleteMany({})`, lost: "aurora.stylistTickets: all of its 18,204 documents match"},
		{name: "none", js: `db.stylistTickets.deleteMany({gone: true})`, lost: "0 of 18,204", note: "nothing in aurora.stylistTickets matches it now"},
		{name: "one", js: `db.stylistTickets.deleteOne({status: "stale"})`, lost: "1 of the 216 that match now, of 18,204 documents"},
		{name: "one of remove", js: `db.stylistTickets.remove({status: "stale"}, true)`, lost: "1 of the 216"},
		{name: "an update", js: `db.stylistTickets.updateMany({status: "stale"}, {$set: {a: 1}})`, touch: "216 of 18,204 documents match now"},
		{name: "a collection", js: `db.stylistTickets.drop()`, lost: "all of its 18,204 documents, and its indexes"},
		{name: "a database", js: `db.dropDatabase()`, lost: "aurora: 1 collection, 18,204 documents"},
		{name: "an index", js: `db.stylistTickets.createIndex({a: 1})`, touch: "all of its 18,204 documents are read to build the index"},
		{name: "no plain filter", js: `db.stylistTickets.deleteMany({a: /x/})`, lost: "not known: the filter is no plain one", note: "is not known"},
		{name: "no plain call", js: `db.stylistTickets.find().forEach(d => db.stylistTickets.deleteOne(d))`, lost: "not known: its JavaScript is no plain call"},
		{name: "another mongod", js: `db.stylistTickets.drop()`, address: "mongodb://db2/aurora", lost: "not known: it goes to another mongod"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := tt.address
			if address == "" {
				address = "$MONGODB_URI"
			}
			got := propose(t, planner(t, h), Request{Step: step("mongosh " + address + " --quiet --eval '" + tt.js + "'")})
			if !strings.Contains(got.Lost, tt.lost) || tt.lost == "" && got.Lost != "" {
				t.Errorf("lost %q, want %q", got.Lost, tt.lost)
			}
			if all := strings.Join(got.Touches, "\n"); !strings.Contains(all, tt.touch) {
				t.Errorf("touches %q, want %q", all, tt.touch)
			}
			if all := strings.Join(got.Notes, "\n"); !strings.Contains(all, tt.note) {
				t.Errorf("notes %q, want %q", all, tt.note)
			}
		})
	}
}

func TestProcessesChosen(t *testing.T) {
	h := shop()
	h.procs = []pm2.Process{
		{ID: 0, Name: "web", Namespace: "shop", Status: "online"}, {ID: 1, Name: "web", Namespace: "shop", Status: "online"},
		{ID: 2, Name: "worker", Namespace: "shop", Status: "online"}, {ID: 3, Name: "api", Namespace: "default", Status: "online"},
		{ID: 4, Name: "pm2-logrotate", Namespace: "default", Module: true, Status: "online"},
	}
	p := planner(t, h)
	apps := filepath.Join(p.Dir, "apps.json")
	if err := os.WriteFile(apps, []byte(`{"apps":[{"name":"api"},{"name":"worker"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]string{
		"web": "pm2 web: id 0 1, 2 processes", "3": "pm2 api: id 3, 1 process", "shop": "pm2 web, worker: id 0 1 2, 3 processes",
		"all": "pm2 web, worker, api, pm2-logrotate: id 0 1 2 3 4, 5 processes", "/^w/": "pm2 web, worker: id 0 1 2, 3 processes",
		"web api": "pm2 web, api: id 0 1 3, 3 processes", "apps.json": "pm2 worker, api: id 2 3, 2 processes", "default": "pm2 api: id 3, 1 process",
	} {
		got := propose(t, p, Request{Step: step("pm2 restart " + words)})
		contains(t, words+": touches", got.Touches, want)
	}
	for words, want := range map[string]string{
		"nobody": "pm2 has no process nobody; it has api, web, worker", "'/(/'": "matches is not known", "ecosystem.config.js": "names is not known",
		"none.json": "names is not known", `"$APP"`: "known only when it runs",
	} {
		p.Options.Env["APP"] = "web"
		got := propose(t, p, Request{Step: step("pm2 restart " + words)})
		contains(t, words+": notes", got.Notes, want)
	}
}
