#include "app/berth-worker/archive/packer.hpp"
#include "app/berth-worker/archive/tree_packer.hpp"
#include "app/berth-worker/git/repository_status.hpp"
#include "app/berth-worker/jobs.hpp"
#include "app/berth-worker/pieces/tree_divider.hpp"
#include "app/berth-worker/speech.hpp"

namespace berth::worker {

namespace {

// Says that content is there; a restored archive must not say so too early.
constexpr std::string_view ready_file = ".gitpod/ready";

/// Adds everything below `source` to `tree`; returns what `walk_tree` does.
template <class Tree, class Add>
result<uint64_t> add_all(int source, const Tree& tree, Add add) {
  return walk_tree(source, [&](const tree_entry& entry) -> result<void> {
    if (entry.path == ready_file)
      return {};
    auto ok = add(entry);
    report({"archive", {}, tree.bytes(), 0});
    return ok;
  });
}

result<archive_outcome> pack(int source, int out_fd, int signal_fd) {
  packer out{out_fd, signal_fd};
  if (auto ok = out.open(); !ok)
    return ok.error();
  auto tree = tree_packer{out.tar()};
  auto links = hard_links{};
  auto added = add_all(source, tree, [&](const auto& entry) -> result<void> {
    auto link = links.first_name_of(entry);
    if (auto ok = tree.add_header(entry, link); !ok)
      return ok;
    return has_data(entry, link) ? tree.add_data(entry) : result<void>{};
  });
  if (!added)
    return added.error();
  if (auto ok = out.finish(); !ok)
    return ok.error();
  return archive_outcome{out.bytes(), out.sha256(), tree.entries(),
                         {},          {},           *added};
}

piece_index known_index(const pieces_wanted& how) {
  if (how.index_fd < 0)
    return {};
  auto index = piece_index::read(how.index_fd);
  if (index && index->objects() == how.objects.size()
      && index->object() == how.sha256)
    return std::move(*index);
  log_line("pieces not known: "
           + (index ? "of other objects" : describe(index.error())));
  return {};
}

result<archive_outcome> divide(int source, const archive_job& job) {
  const auto& how = *job.pieces;
  auto known = known_index(how);
  packed_output out{job.out_fd, job.signal_fd};
  tree_divider tree{out, known, entry_print{how.settled_before, how.is_view}};
  if (auto ok = tree.open(); !ok)
    return ok.error();
  auto added
    = add_all(source, tree, [&](const auto& entry) { return tree.add(entry); });
  if (!added)
    return added.error();
  if (auto ok = tree.finish(); !ok)
    return ok.error();
  auto sha256 = out.sha256();
  if (how.new_index_fd >= 0) {
    auto next = tree.pieces().index(how.objects);
    if (!next.is_empty())
      if (auto ok = next.write(how.new_index_fd, sha256); !ok)
        return ok.error();
  }
  return archive_outcome{out.bytes(), std::move(sha256),     tree.entries(),
                         {},          tree.pieces().needs(), *added};
}

} // namespace

result<worker_outcome> run(const archive_job& job) {
  auto source = open_directory(job.source);
  if (!source)
    return source.error();
  auto outcome = job.pieces ? divide(source->get(), job)
                            : pack(source->get(), job.out_fd, job.signal_fd);
  if (!outcome)
    return outcome.error();
  if (job.checkout_location)
    outcome->repo = repository_status(source->get(), *job.checkout_location);
  return std::move(*outcome);
}

} // namespace berth::worker
