#include "app/berth-worker/build/bases.hpp"

#include <unistd.h>

namespace berth::worker {

namespace {

constexpr auto tar_path = "/usr/bin/tar";

/// One end of a pair of tars that copy a tree as it is: owners, modes, extended
/// attributes.
result<void> run_tar(std::vector<std::string> args) {
  auto program = child_command{};
  program.argv = {tar_path, "--xattrs", "--xattrs-include=*", "--numeric-owner",
                  "--one-file-system"};
  program.argv.insert(program.argv.end(), args.begin(), args.end());
  program.env = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  auto end = run_child(program);
  if (!end)
    return end.error();
  if (end->exit_code != 0)
    return make_error(ec::internal, "tar ended with "
                                      + std::to_string(end->exit_code) + ": "
                                      + end->err.substr(0, 200));
  return {};
}

/// An image of one layer that holds the tree. Its time is the image's own, so
/// that it is the same image in every store.
result<void> commit_tree(const buildah& to, const build_base& base) {
  auto container = to.ask({"from", "--pull-never", "scratch"});
  if (!container)
    return container.error();
  auto root = to.ask({"mount", *container});
  if (!root)
    return root.error();
  auto packed = to.scratch() + "/tree.tar";
  for (auto args :
       {std::vector<std::string>{"-C", base.tree, "-cf", packed, "."},
        std::vector<std::string>{"-C", *root, "-xpf", packed}})
    if (auto copied = run_tar(std::move(args)); !copied)
      return copied;
  ::unlink(packed.c_str());
  auto config = std::vector<std::string>{"config"};
  for (const auto& variable : base.config.env)
    config.insert(config.end(), {"--env", variable});
  if (!base.config.user.empty())
    config.insert(config.end(), {"--user", base.config.user});
  if (!base.config.working_dir.empty())
    config.insert(config.end(), {"--workingdir", base.config.working_dir});
  if (!base.config.container.empty())
    config.insert(config.end(),
                  {"--label", "berth.container=" + base.config.container});
  config.push_back(*container);
  for (auto args :
       {std::vector<std::string>{"umount", *container}, config,
        std::vector<std::string>{"commit", "--quiet", "--rm", "--timestamp",
                                 std::to_string(base.created_s), *container,
                                 name_in_store(base)}})
    if (auto made = to.ask(std::move(args)); !made)
      return made.error();
  return {};
}

} // namespace

std::string name_in_store(const build_base& base) {
  return "localhost/berth-base:"
         + base.digest.substr(base.digest.find(':') + 1);
}

result<void> supply(const buildah& to, const build_base& base) {
  auto name = name_in_store(base);
  if (to.has_image(name))
    return {};
  if (!base.tree.empty())
    return commit_tree(to, base);
  if (base.layout.empty())
    return make_error(ec::data_loss, "the layer store lost " + base.reference);
  auto pulled = to.ask({"pull", "--quiet", "oci:" + base.layout});
  if (!pulled)
    return pulled.error();
  if (auto tagged = to.ask({"tag", *pulled, name}); !tagged)
    return tagged.error();
  return {};
}

} // namespace berth::worker
