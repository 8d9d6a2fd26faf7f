#include "test/builds/build_fixture.hpp"

namespace berth::test {

kernel_hands build_fixture::kernel() {
  auto hands = kernel_hands{};
  auto once = [this](auto me, std::string entry) {
    log.push_back(std::move(entry));
    me->quit();
    return done{};
  };
  hands.idmap = [this] {
    return sys.spawn([](idmap_actor::pointer me) -> idmap_actor::behavior_type {
      return {[=](const make_userns&) {
        me->quit();
        return userns{};
      }};
    });
  };
  hands.mount = [this] {
    return sys.spawn(
      [this](mount_actor::pointer me) -> mount_actor::behavior_type {
        return {[=, this](const join_layers& what) {
          log.push_back("join " + what.upper);
          me->quit();
          return detached_root{};
        }};
      });
  };
  hands.veth = [this, once] {
    return sys.spawn([=](veth_actor::pointer me) -> veth_actor::behavior_type {
      return {
        [=](const connect_veth&) { return once(me, "connect"); },
        [=](const make_network& what) {
          once(me, "link " + what.host_link);
          return made_network{};
        },
        [=](const remove_link& what) {
          return once(me, "unlink " + what.host_link);
        },
        [=](const list_links&) {
          once(me, "list");
          return link_names{};
        },
      };
    });
  };
  hands.cgroup = [this, once] {
    return sys.spawn(
      [=, this](cgroup_actor::pointer me) -> cgroup_actor::behavior_type {
        return {
          [=](const make_cgroup&) { return once(me, "make"); },
          [=](const open_cgroup& what) {
            once(me, "cgroup " + what.name);
            return opened_cgroup{};
          },
          [=](warm_cgroups) { return once(me, "warm"); },
          [=](const freeze_cgroup&) { return once(me, "freeze"); },
          [=](const thaw_cgroup&) { return once(me, "thaw"); },
          [=](const thaw_below&) { return once(me, "thaw"); },
          [=, this](const read_limit_hits&) {
            me->quit();
            return limit_hits;
          },
          [=](const remove_cgroup& what) {
            return once(me, "uncgroup " + what.name);
          },
        };
      });
  };
  hands.file = [this, once] {
    return sys.spawn([=](file_actor::pointer me) -> file_actor::behavior_type {
      return {
        [=](const make_directory& what) {
          return once(me, "make " + what.path);
        },
        [=](const write_file& what) { return once(me, "write " + what.path); },
        [=](const remove_tree& what) {
          return once(me, "remove " + what.path);
        },
        [=](const move_tree& what) { return once(me, "move " + what.from); },
      };
    });
  };
  return hands;
}

} // namespace berth::test
