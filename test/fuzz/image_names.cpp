#include "core/images/reference.hpp"
#include "test/fuzz/targets.hpp"

#include <algorithm>

namespace berth::fuzz {

namespace {

bool is_graphic(char c) {
  return c > ' ' && c < 0x7f;
}

void try_image_name(std::string_view input) {
  auto name = parse_image_reference(input);
  if (!name)
    return;
  auto text = name->canonical();
  require(text.front() != '-'
            && std::all_of(text.begin(), text.end(), is_graphic),
          "a reference is one word and no option");
  auto again = parse_image_reference(text);
  require(again && *again == *name, "a reference in full means the same");
  require(again->canonical() == text, "there is one way to write it in full");
  require(!name->tag.empty() || !name->digest.empty(), "it names one image");
}

} // namespace

const target image_names{"image_names", try_image_name};

} // namespace berth::fuzz
