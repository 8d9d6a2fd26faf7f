#include "core/objects/backup_index.hpp"
#include "core/record_json.hpp"
#include "test/fuzz/targets.hpp"

namespace berth::fuzz {

namespace {

/// `read` takes text apart, `to_json` makes text of what it found.
template <class Read>
void try_document(std::string_view input, Read read) {
  auto found = read(input);
  if (!found)
    return;
  auto text = to_json(*found);
  auto again = read(text);
  require(again && to_json(*again) == text, "a record survives being written");
}

void try_record(std::string_view input) {
  try_document(input, record_from_json);
  try_document(input, image_from_json);
  try_document(input, session_from_json);
  try_document(input, archive_from_json);
  try_document(input, object_info_from_json);
  try_document(input, generations_from_json);
}

} // namespace

const target records{"records", try_record};

} // namespace berth::fuzz
