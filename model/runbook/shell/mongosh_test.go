package shell

import (
	"fmt"
	"testing"
)

func TestDocumentCalls(t *testing.T) {
	tests := map[string]string{
		`db.tickets.deleteMany({status: "stale"})`: `[{ tickets deleteMany [{status: "stale"}]}]`,
		`db.tickets.deleteMany({});`:               `[{ tickets deleteMany [{}]}]`,
		`db.tickets.drop()`:                        `[{ tickets drop []}]`,
		`db.dropDatabase()`:                        `[{  dropDatabase []}]`,
		`db.getSiblingDB("aurora").getCollection('a-b').remove({a:1},true)`: `[{aurora a-b remove [{a:1} true]}]`,
		`db.a.b.updateMany({x: "a, (b"}, {$set: {y: [1,2]}}); db.c.drop()`:  `[{ a.b updateMany [{x: "a, (b"} {$set: {y: [1,2]}}]} { c drop []}]`,
		"db.a.deleteOne({a: 1})\ndb.b.deleteOne({b: 1})":                    `[{ a deleteOne [{a: 1}]} { b deleteOne [{b: 1}]}]`,
		"db.a.deleteMany({\n  a: 1\n})":                                     "[{ a deleteMany [{\n  a: 1\n}]}]",
	}
	for text, want := range tests {
		got, ok := DocumentCalls(text)
		if s := fmt.Sprintf("%v", got); !ok || s != want {
			t.Errorf("%s\n got %s\nwant %s", text, s, want)
		}
	}
	for _, text := range []string{
		"", "db", "db.", "db.tickets", "db.tickets.find().forEach(x => db.y.deleteOne(x))", "for (let i = 0; i < 3; i++) db.x.drop()",
		"const q = {}; db.x.deleteMany(q)", "db[x].drop()", "db.x.deleteMany({", "print(db.x.count())", `db.getCollection("a" + "b").drop()`, "dbx.y.drop()",
	} {
		if got, ok := DocumentCalls(text); ok {
			t.Errorf("%s: %v", text, got)
		}
	}
}
