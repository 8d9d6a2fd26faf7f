#include "core/s3/xml.hpp"
#include "test/fuzz/targets.hpp"

#include <string>

namespace berth::fuzz {

namespace {

std::string to_document(const s3::xml_element& it) {
  auto text = "<" + it.name + ">" + s3::xml_escaped(it.text);
  for (const auto& child : it.children)
    text += to_document(child);
  return text + "</" + it.name + ">";
}

bool is_same(const s3::xml_element& a, const s3::xml_element& b) {
  if (a.name != b.name || a.text != b.text
      || a.children.size() != b.children.size())
    return false;
  for (size_t i = 0; i < a.children.size(); ++i)
    if (!is_same(a.children[i], b.children[i]))
      return false;
  return true;
}

void try_s3_answer(std::string_view input) {
  auto text = s3::parse_xml("<a>" + s3::xml_escaped(input) + "</a>");
  require(text && text->text == input, "a text survives being escaped");
  auto answer = s3::parse_xml(input);
  // A name may be nothing but a prefix, which is not kept.
  if (!answer || input.find(':') != input.npos)
    return;
  auto again = s3::parse_xml(to_document(*answer));
  require(again && is_same(*answer, *again),
          "an answer survives being written");
}

} // namespace

const target s3_answers{"s3_answers", try_s3_answer};

} // namespace berth::fuzz
