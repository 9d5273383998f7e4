package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestParseFilter(t *testing.T) {
	good := map[string]string{
		`{}`: `{}`,
		`{status: "stale", n: 3, f: -1.5, 'a.b': true, none: null,}`:          `{"status":"stale","n":3,"f":-1.5,"a.b":true,"none":null}`,
		`{ createdAt: { $lt: ISODate("2026-11-01T00:00:00Z") } }`:             `{"createdAt":{"$lt":{"$date":"2026-11-01T00:00:00Z"}}}`,
		`{at: {$gte: new Date("2026-11-01"), $lt: new Date(1793836800000)}}`:  `{"at":{"$gte":{"$date":"2026-11-01T00:00:00Z"},"$lt":{"$date":"2026-11-05T00:00:00Z"}}}`,
		`{_id: ObjectId("507f1f77bcf86cd799439011")}`:                         `{"_id":{"$oid":"507f1f77bcf86cd799439011"}}`,
		`{"$or": [{a: 1}, {b: {"$in": ["x", 'y']}}], c: NumberLong("12345")}`: `{"$or":[{"a":1},{"b":{"$in":["x","y"]}}],"c":12345}`,
	}
	for text, want := range good {
		d, ok := parseFilter(text)
		if !ok {
			t.Errorf("%s is not taken", text)
			continue
		}
		got, err := bson.MarshalExtJSON(d, false, false)
		if err != nil || string(got) != want {
			t.Errorf("%s\n got %s %v\nwant %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "x", "[]", "{", "{a}", "{a: b}", "{a: 1} x", "{a: 1, ...q}", "{a: /x/}", "{a: x()}", "{a: new Date()}", "{a: 1 + 1}", "{a: `x`}", "{[k]: 1}",
		`{$where: "sleep(10000)"}`, `{$expr: {$function: {}}}`, `{a: {$jsonSchema: {}}}`, `{a: "\x64"}`, `{a: ObjectId("zz")}`, `{a: Date(1.5)}`, "{a: ISODate(", "{a: 'x", "{a: {b: {c: -}}}",
	} {
		if d, ok := parseFilter(text); ok {
			t.Errorf("%s: %v", text, d)
		}
	}
}

func TestServes(t *testing.T) {
	c := New(Options{URI: "mongodb://u:p%40@127.0.0.1:27018,db2/aurora?replicaSet=x"})
	for address, want := range map[string]string{
		"mongodb://127.0.0.1:27018,db2/aurora": "aurora", "mongodb://db2:27017,localhost:27018/other?x=y": "other", "mongodb://db2,localhost:27018": "test",
		"mongodb://127.0.0.1:27018/aurora": "", "": "", "mongodb+srv://db2/aurora": "", "aurora": "",
	} {
		if db, ok := c.Serves(address); ok != (want != "") || ok && db != want {
			t.Errorf("%q: %q %v, want %q", address, db, ok, want)
		}
	}
	if db, ok := New(Options{URI: "mongodb://localhost"}).Serves(""); !ok || db != "test" {
		t.Error(db, ok)
	}
}

func FuzzFilter(f *testing.F) {
	f.Add(`{a: {$in: [1, "x", ISODate("2026-11-01")]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := parseFilter(text); ok {
			if _, err := bson.Marshal(d); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
