#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace berth::s3 {

/// An element of an answer of the store: what is in it, without attributes.
struct xml_element {
  std::string name; ///< without a prefix
  std::string text; ///< its own, outside of children
  std::vector<xml_element> children;

  /// The first child of that name, or nothing.
  const xml_element* child(std::string_view) const;

  /// The text of that child; empty if there is none.
  std::string text_of(std::string_view) const;
};

/// Reads elements, text and the predefined and numeric entities. `data_loss`
/// for everything else a document can have (declared entities above all), and
/// for one of more than 4 MiB, 8 levels or 100,000 elements.
result<xml_element> parse_xml(std::string_view);

/// `text` as the content of an element.
std::string xml_escaped(std::string_view text);

} // namespace berth::s3
