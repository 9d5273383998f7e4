package plan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"calm/ops"
)

func TestUnderstandARestore(t *testing.T) {
	env := []string{"MONGODB_URI=mongodb://u:p@h/shop", "CONF=/etc/mongo.yaml", "DAY=20261123"}
	for command, want := range map[string]struct {
		why  string
		dir  string
		from string // variable, file or address
	}{
		`mongorestore --uri="$MONGODB_URI" --dir=/b/$DAY --drop`:                         {dir: "/b/20261123", from: "MONGODB_URI"},
		`/usr/bin/mongorestore --drop --config "$CONF" /b --gzip -j 4`:                   {dir: "/b", from: "/etc/mongo.yaml"},
		`mongorestore --drop /b`:                                                         {dir: "/b", from: "mongodb://localhost:27017/"},
		`mongorestore --host=db1 --port 27018 --drop /b --nsInclude 'shop.*'`:            {dir: "/b", from: "mongodb://db1:27018/"},
		`mongorestore --uri="$MONGODB_URI" --dir=/b`:                                     {why: "only adds what is missing"},
		`mongorestore --uri="$MONGODB_URI" --dir=/b --drop && echo done`:                 {why: "more than the command alone"},
		`mongorestore --uri="$MONGODB_URI" --dir=/b --drop > log`:                        {why: "more than the command alone"},
		"mongorestore --drop /b\npm2 start x":                                            {why: "more than one command"},
		`sudo mongorestore --drop /b`:                                                    {why: "by way of sudo"},
		`mongorestore --uri="$MONGODB_URI" --drop --archive=/b/x.gz`:                     {why: "does not do its --archive"},
		`mongorestore --uri="$MONGODB_URI" --drop --oplogReplay /b`:                      {why: "does not do its --oplogReplay"},
		`mongorestore --uri="$MONGODB_URI" --drop --nsFrom='a.*' --nsTo='b.*' /b`:        {why: "does not do its --nsFrom"},
		`mongorestore -u root -p secret --drop /b`:                                       {why: "does not do its -u"},
		`mongorestore --uri=mongodb://root:secret@h/ --drop /b`:                          {why: "with its password stands in the command"},
		`mongorestore --uri="$NOWHERE" --drop /b`:                                        {why: "only known when it runs"},
		`mongorestore --uri="$(cat uri)" --drop /b`:                                      {why: "only known when it runs"},
		`mongorestore --config="$CONF" --uri="$MONGODB_URI" --drop /b`:                   {why: "two addresses"},
		`mongorestore --uri="$MONGODB_URI" --drop /a /b`:                                 {why: "two folders"},
		`mongorestore --uri="$MONGODB_URI" --drop --nsInclude='a\*b' /b`:                 {why: "no" + "t plain ones"},
		`mongorestore --uri="$MONGODB_URI" --drop --dir`:                                 {why: "--dir has no value"},
		`ssh db mongorestore --uri="$MONGODB_URI" --drop /b`:                             {why: "by way of ssh"},
		`mongorestore --uri="$MONGODB_URI" --drop --writeConcern='{w: 1}' --quiet -v /b`: {dir: "/b", from: "MONGODB_URI"},
	} {
		w, why := understand(command, env)
		if !strings.Contains(why, want.why) || (want.why == "") != (why == "") {
			t.Errorf("%s: %q, want %q", command, why, want.why)
		}
		if from := w.address.Variable + w.address.File + w.address.Plain; why == "" && (w.dir != want.dir || from != want.from) {
			t.Errorf("%s: %q from %q", command, w.dir, from)
		}
	}
	w := written{include: []string{"shop.*", "billing.in*"}, exclude: []string{"*.tmp"}}
	var taken []string
	for _, ns := range []string{"shop.a", "shop.b.tmp", "billing.invoices", "billing.out", "shopx.a"} {
		if db, name, _ := strings.Cut(ns, "."); w.takes(db, name) {
			taken = append(taken, ns)
		}
	}
	if !slices.Equal(taken, []string{"shop.a", "billing.invoices"}) {
		t.Error(taken)
	}
}

// The latest backup is the newest there is, where its link is gone; no other folder is guessed.
func TestLatest(t *testing.T) {
	dir := t.TempDir()
	dump(t, filepath.Join(dir, "20261123", "shop", "tickets.bson"), 3)
	for path, want := range map[string]string{"latest": "20261123", "latest/shop": "20261123/shop", "20261122": "20261122", "20261123/shop": "20261123/shop", "no/latest": "no/latest"} {
		if got := latest(filepath.Join(dir, path)); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// Where no fresh dump can be taken the restore runs as written, and says why; a dump that is not there is
// said before anything is asked.
func TestRestoreThatCanNotBeDoneBeside(t *testing.T) {
	p := planner(t, shop())
	p.Dumps = t.TempDir()
	bin := t.TempDir()
	p.Options.Env["PATH"] = bin
	dir := t.TempDir()
	dump(t, filepath.Join(dir, "20261123", "aurora", "tickets.bson"), 3)
	restore := step(`mongorestore --uri="$MONGODB_URI" --dir=` + dir + `/20261123 --drop`)
	got := propose(t, p, Request{Step: restore})
	contains(t, "notes", got.Notes, "calm can't restore it beside: mongodump was not found in PATH. It runs as written")
	if got.Risk != "destroys" || got.Kind != "shell" {
		t.Errorf("%s %s", got.Risk, got.Kind)
	}
	for _, name := range []string{"mongodump", "mongorestore"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		`mongorestore --uri="$MONGODB_URI" --dir=` + dir + `/20261122 --drop`:                    "holds no dump; the newest folder beside it is " + dir + "/20261123",
		`mongorestore --uri="$MONGODB_URI" --dir=` + dir + ` --drop`:                             "holds no dump",
		`mongorestore --uri="$MONGODB_URI" --dir=` + dir + `/latest --nsInclude='nope.*' --drop`: "it would restore 0 documents",
		`mongorestore --uri=mongodb://127.0.0.1:1/other --dir=` + dir + `/20261123 --drop`:       "has nothing of the database other",
		`mongorestore --uri=mongodb://127.0.0.1:1/ --dir=` + dir + `/latest --drop`:              "connection refused",
	} {
		if _, err := p.Plan(t.Context(), Request{Step: step(text)}); err == nil || !strings.Contains(err.Error(), want) || ops.CodeOf(err) == ops.Failed {
			t.Errorf("%s: %v", text, err)
		}
	}
}
