//! The studies and the data that come with wattshift, as text.
//!
//! In: a name. Out: the text of `data/`, compiled in. Not here: where the figures come from, see
//! `data/README.md`.

/// Studies by name.
pub(crate) const STUDIES: &[(&str, &str)] = &[
    ("default", include_str!("../../data/studies/default.toml")),
    ("cap_20", include_str!("../../data/studies/cap_20.toml")),
    ("models", include_str!("../../data/studies/models.toml")),
    ("joint_riskoff", include_str!("../../data/studies/joint_riskoff.toml")),
    ("glut_2027", include_str!("../../data/studies/glut_2027.toml")),
    ("btc_2022", include_str!("../../data/studies/btc_2022.toml")),
    ("hash_shock", include_str!("../../data/studies/hash_shock.toml")),
    ("delivered_25", include_str!("../../data/studies/delivered_25.toml")),
    ("colocation_only", include_str!("../../data/studies/colocation_only.toml")),
    ("gpu_cloud_only", include_str!("../../data/studies/gpu_cloud_only.toml")),
    ("company", include_str!("../../data/studies/company.toml")),
    ("core_scientific", include_str!("../../data/studies/core_scientific.toml")),
    ("hive", include_str!("../../data/studies/hive.toml")),
    ("listed_miners", include_str!("../../data/studies/listed_miners.toml")),
    ("sector_2027", include_str!("../../data/studies/sector_2027.toml")),
    ("vaneck_2024", include_str!("../../data/studies/vaneck_2024.toml")),
    ("vaneck_2024_as_revenue", include_str!("../../data/studies/vaneck_2024_as_revenue.toml")),
    ("vaneck_2024_as_profit", include_str!("../../data/studies/vaneck_2024_as_profit.toml")),
];

/// Data files by name.
const FILES: &[(&str, &str)] = &[
    ("btc_month_end.csv", include_str!("../../data/btc_month_end.csv")),
    ("company_fleet.csv", include_str!("../../data/company_fleet.csv")),
    ("core_scientific_contracts.csv", include_str!("../../data/core_scientific_contracts.csv")),
    ("core_scientific_fleet.csv", include_str!("../../data/core_scientific_fleet.csv")),
    ("correlation_base.csv", include_str!("../../data/correlation_base.csv")),
    ("correlation_joint_riskoff.csv", include_str!("../../data/correlation_joint_riskoff.csv")),
    ("difficulty_epochs.csv", include_str!("../../data/difficulty_epochs.csv")),
    ("fleet.csv", include_str!("../../data/fleet.csv")),
    ("h100_rental_price.csv", include_str!("../../data/h100_rental_price.csv")),
    ("hive_fleet.csv", include_str!("../../data/hive_fleet.csv")),
    ("hosting_price_list.csv", include_str!("../../data/hosting_price_list.csv")),
    ("listed_contracts.csv", include_str!("../../data/listed_contracts.csv")),
    ("listed_fleet.csv", include_str!("../../data/listed_fleet.csv")),
    ("network_month.csv", include_str!("../../data/network_month.csv")),
    ("nvidia_datacenter_revenue.csv", include_str!("../../data/nvidia_datacenter_revenue.csv")),
    ("vaneck_closures.csv", include_str!("../../data/vaneck_closures.csv")),
    ("vaneck_fleet.csv", include_str!("../../data/vaneck_fleet.csv")),
    ("vaneck_fleet_profit.csv", include_str!("../../data/vaneck_fleet_profit.csv")),
];

/// The text of a study.
pub(crate) fn study(name: &str) -> Option<&'static str> {
    STUDIES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The text of a data file, as a study in `data/studies` names it.
pub(crate) fn file(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("../").unwrap_or(name);
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_data_file_is_compiled_in_and_described() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let readme = std::fs::read_to_string(data.join("README.md")).unwrap();
        let mut found = 0;
        for entry in std::fs::read_dir(&data).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".csv") {
                assert!(file(&name).is_some(), "{name} is not compiled in");
                assert!(readme.contains(&name), "{name} is not in data/README.md");
                found += 1;
            }
        }
        assert_eq!(found, FILES.len());
    }
}
