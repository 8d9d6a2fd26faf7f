#include "actors/builds/build_log_pieces.hpp"

#include "core/images/reference.hpp"

#include <algorithm>

namespace berth {

namespace {

constexpr size_t longest_piece = size_t{256} << 10;

/// What is left out for those who must not know what is built.
std::vector<std::string> names_of(const build_record& record) {
  auto out = std::vector<std::string>{};
  for (const auto* reference : {&record.reference, &record.base_reference}) {
    auto parsed = parse_image_reference(*reference);
    if (!parsed)
      continue;
    out.push_back(*reference);
    out.push_back(parsed->registry + "/" + parsed->repository);
    if (!parsed->digest.empty())
      out.push_back(parsed->digest);
  }
  if (!record.digest.empty())
    out.push_back(record.digest);
  return out;
}

} // namespace

build_log_piece next_log_piece(const build_record& record, const log_ring& log,
                               uint64_t asked_from) {
  auto piece = build_log_piece{};
  piece.id = record.id;
  piece.names = names_of(record);
  auto from = std::max(asked_from, log.begin());
  if (asked_from < log.begin())
    piece.text
      = "[" + std::to_string(log.begin() - asked_from) + " bytes are lost]\n";
  auto text = log.read(from, longest_piece);
  piece.next = from + text.size();
  piece.text += text;
  return piece;
}

} // namespace berth
