#include "model/quantity.hpp"
#include "test/fuzz/targets.hpp"

#include <string>

namespace berth::fuzz {

namespace {

bool is_same(const result<uint64_t>& a, const result<uint64_t>& b) {
  return a ? b && *a == *b : !b;
}

void try_quantity(std::string_view input) {
  auto text = std::string{input};
  auto whole = parse_quantity(text);
  auto millis = parse_milli_quantity(text);
  require(!millis || whole, "what is a number of thousandths is a number");
  if (!whole)
    return;
  if (millis)
    require(*whole == *millis / 1000 + (*millis % 1000 != 0),
            "thousandths, rounded up, are the number, rounded up");
  if (text.find_first_not_of("0123456789.") != text.npos)
    return;
  require(is_same(whole, parse_quantity("+" + text)), "a plus changes nothing");
  require(is_same(whole, parse_quantity("0" + text)), "a zero changes nothing");
  require(is_same(parse_quantity(text + "k"), parse_quantity(text + "e3")),
          "k is e3");
  require(is_same(millis, parse_quantity(text + "e3")),
          "a number of thousandths is a thousand times as large");
  require(is_same(whole, parse_milli_quantity(text + "m")), "m is one of them");
  auto kibi = parse_quantity(text + "Ki");
  require(!kibi || (*kibi + 1023) / 1024 == *whole, "Ki is 1024 times as much");
}

} // namespace

const target quantities{"quantities", try_quantity};

} // namespace berth::fuzz
