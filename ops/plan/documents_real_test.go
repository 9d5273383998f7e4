package plan_test

import (
	"strings"
	"testing"

	"calm/ops/plan"
)

// documents plans what destroys documents of a real mongod, and runs none of it. This one refuses to
// look at a whole collection for a filter without an index: then the number is not known, and not zero.
func (r *real) documents(t *testing.T) {
	for js, want := range map[string]string{
		`db.stylistTickets.deleteMany({})`:                                          "glowglitch.stylistTickets: all of its ",
		`db.stylistTickets.deleteMany({_id: ObjectId("000000000000000000000000")})`: "glowglitch.stylistTickets: 0 of ",
		`db.stylistTickets.deleteMany({nowhere: 1})`:                                "not known: ",
		`db.getSiblingDB("glowglitch").stylistTickets.drop()`:                       "glowglitch.stylistTickets: all of its ",
		`db.dropDatabase()`: "glowglitch: ",
	} {
		p, err := r.Plan(t.Context(), plan.Request{Step: step("mongosh $MONGODB_URI --quiet --eval '" + js + "'")})
		if err != nil || !strings.HasPrefix(p.Lost, want) {
			t.Errorf("%s: %q, %v; want %q", js, p.Lost, err, want)
		}
		t.Log(p.Lost)
	}
}
