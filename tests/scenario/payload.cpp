#include "payload.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/prng.h"

namespace serialtcp::test {

namespace {

constexpr std::uint64_t kMixedStretch = 6000;
constexpr std::uint64_t kTextSize = 1 << 20;

Byte random_byte(std::uint64_t pattern, std::uint64_t offset) {
  std::uint64_t z = pattern * 0x9E3779B97F4A7C15ULL + (offset >> 3);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<Byte>((z ^ (z >> 31)) >> (8 * (offset & 7)));
}

/// Small numbers are much more frequent than large ones, like words in a text.
std::size_t frequent_first(base::Prng& random, std::size_t count) {
  const double unit = random.unit();
  return static_cast<std::size_t>(static_cast<double>(count) * unit * unit * unit);
}

std::string word(base::Prng& random) {
  static constexpr const char* kSyllables[] = {"li",   "cen",  "se",  "re",   "dis", "tri", "bu",
                                               "tion", "work", "pro", "gram", "the", "of",  "any",
                                               "co",   "py",   "mo",  "di",   "fy",  "ter"};
  std::string text;
  for (std::uint64_t n = 1 + random.below(3); n > 0; --n) text += kSyllables[random.below(20)];
  return text;
}

/// Sentences of words and repeated phrases, as in licences and manuals.
std::string make_text() {
  base::Prng random(1);
  std::vector<std::string> words(3000);
  std::ranges::generate(words, [&] { return word(random); });
  std::vector<std::string> phrases(1500);
  std::ranges::generate(phrases, [&] {
    std::string phrase;
    for (std::uint64_t n = 4 + random.below(12); n > 0; --n)
      phrase += words[frequent_first(random, words.size())] + " ";
    return phrase;
  });
  std::string text;
  while (text.size() < kTextSize) {
    text += random.chance(0.32) ? phrases[frequent_first(random, phrases.size())]
                                : words[frequent_first(random, words.size())] + " ";
    if (random.chance(0.1)) text += random.chance(0.3) ? ".\n\n" : ",\n";
  }
  return text;
}

Byte text_byte(std::uint64_t pattern, std::uint64_t offset) {
  static const std::string text = make_text();
  return static_cast<Byte>(text[(pattern * 100'003 + offset) % kTextSize]);
}

}  // namespace

Byte pattern_byte(std::uint64_t pattern, std::uint64_t offset) {
  if (offset < 8) return static_cast<Byte>(pattern >> (8 * offset));
  switch (static_cast<Payload>(pattern % 4)) {
    case Payload::random:
      break;
    case Payload::text:
      return text_byte(pattern, offset);
    case Payload::mixed:
      if (offset / kMixedStretch % 2 == 0) return text_byte(pattern, offset);
      break;
  }
  return random_byte(pattern, offset);
}

}  // namespace serialtcp::test
