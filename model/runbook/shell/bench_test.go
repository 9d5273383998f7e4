package shell

import "testing"

const seedBlock = "# SSH to production server\nssh production.example.com\n\n# Set feature flag to disable\nexport FLAG=false\n\n# Restart app\npm2 restart app\n\n# Verify widget is disabled\ncurl https://example.com/ | grep -c \"widget\"\n# Should return 0\n"

func BenchmarkSplit(b *testing.B) {
	b.SetBytes(int64(len(seedBlock)))
	for b.Loop() {
		Split(seedBlock, "bash")
	}
}

func BenchmarkAnalyze(b *testing.B) {
	for b.Loop() {
		Analyze(`mongosh "$MONGODB_URI" --eval "db.products.countDocuments({ ready: true })" | grep -c 0`)
	}
}

func BenchmarkLooksLikeShell(b *testing.B) {
	for b.Loop() {
		LooksLikeShell("src/lib/mongodb.ts")
	}
}
