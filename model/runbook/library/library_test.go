package library_test

import (
	"slices"
	"strings"
	"testing"

	"calm/model/runbook/library"
)

func index(t *testing.T) library.Index {
	t.Helper()
	var x library.Index
	for path, text := range map[string]string{
		"k8s/KubePersistentVolumeFillingUp.md": "# KubePersistentVolumeFillingUp\n\nA volume has little room left.\n",
		"HIGH-ERROR-RATE.md":                   "# Runbook: High Error Rate\n\nRequests fail.\n\n## Symptoms\n\n- \"MongoPoolClearedError\" in logs\n",
		"api.md":                               "# API incidents\n\n## High error rate\n\n**Alert**: `ApiHighErrorRate`\n\n## KubePersistentVolumeFillingUp elsewhere\n",
		"zz.md":                                "# Disk\n\nWhat to do about a volume.\n\n## Rollback\n\n```sh\nls /\n```\n",
		"bad.md":                               "\x00\x00",
	} {
		x.Entries = append(x.Entries, library.Look(path, []byte(text)))
	}
	library.Sort(x.Entries)
	return x
}

func paths(x library.Index, at []int) []string {
	out := []string{}
	for _, i := range at {
		out = append(out, x.Entries[i].Path)
	}
	return out
}

func TestSearch(t *testing.T) {
	x := index(t)
	for words, want := range map[string][]string{
		"":                              {"api.md", "zz.md", "k8s/KubePersistentVolumeFillingUp.md", "HIGH-ERROR-RATE.md", "bad.md"},
		"kubepersistentvolumefillingup": {"k8s/KubePersistentVolumeFillingUp.md", "api.md"},
		"volume":                        {"k8s/KubePersistentVolumeFillingUp.md", "api.md", "zz.md"},
		"high error":                    {"api.md", "HIGH-ERROR-RATE.md"},
		"error  RUNBOOK":                {"HIGH-ERROR-RATE.md"},
		"rollback":                      {"zz.md"},
		"k8s":                           {"k8s/KubePersistentVolumeFillingUp.md"},
		"room":                          {"k8s/KubePersistentVolumeFillingUp.md"},
		"room nowhere":                  {},
		"mongopool":                     {},
	} {
		if got := paths(x, x.Search(words)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	for i, e := range x.Entries {
		if e.Path == "HIGH-ERROR-RATE.md" {
			h, err := library.Count(e.Path, []byte("# Runbook\n\n## High Error Rate\n\n### Symptoms\n\n- \"MongoPoolClearedError\" in logs\n\n### Resolution\n\n```sh\npm2 restart x\n```\n"))
			if err != nil {
				t.Fatal(err)
			}
			x.Entries[i].Holds = h
		}
	}
	if got := paths(x, x.Search("mongopool")); !slices.Equal(got, []string{"HIGH-ERROR-RATE.md"}) {
		t.Errorf("by a signature of its symptoms: %q", got)
	}
}

func TestAlert(t *testing.T) {
	x := index(t)
	for name, want := range map[string][]string{
		"KubePersistentVolumeFillingUp": {"k8s/KubePersistentVolumeFillingUp.md"},
		"ApiHighErrorRate":              {"api.md"},
		"HighErrorRate":                 {"HIGH-ERROR-RATE.md"}, // spelled in words
		"bad":                           {},
		"":                              {},
		"Volume":                        {},
	} {
		got := []string{}
		for _, e := range x.Alert(name) {
			got = append(got, e.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestHolds(t *testing.T) {
	h, err := library.Count("x.md", []byte("# T\n\n## Rollback\n\n```sh\ngit checkout x\n```\n\n## Checklist\n\n- [ ] one\n"))
	if err != nil || h.String() != "1 procedure, 1 checklist" {
		t.Errorf("%v %+v", err, h)
	}
	if _, err := library.Count("x.md", nil); err == nil {
		t.Error("an empty file was counted")
	}
	if got := (library.Holds{Scenarios: 2, Severities: 4}).String(); got != "2 scenarios, severities" {
		t.Error(got)
	}
}

func TestBySHA256AndOnly(t *testing.T) {
	x := index(t)
	if e, ok := x.BySHA256(x.Entries[1].SHA256); !ok || e.Path != x.Entries[1].Path {
		t.Errorf("%+v", e)
	}
	if _, ok := x.BySHA256(""); ok {
		t.Error("no hash is one of a runbook")
	}
	x.Entries = slices.DeleteFunc(x.Entries, func(e library.Entry) bool { return e.Path != "bad.md" && e.Path != "zz.md" })
	if e, ok := x.Only(); !ok || e.Path != "zz.md" {
		t.Errorf("%+v", e)
	}
	if !strings.Contains(*x.Entries[1].Error, "not text") {
		t.Error(*x.Entries[1].Error)
	}
}
