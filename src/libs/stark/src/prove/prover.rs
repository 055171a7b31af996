//! The prover of `winter-prover`, for any statement.

use super::{Columns, NotProved};
use crate::{
    chain::{ChainAir, PublicInputs},
    options::{Coin, Commitment, Felt, Hash},
    statement::Statement,
};
use winter_air::{AuxRandElements, ConstraintCompositionCoefficients, PartitionOptions, ProofOptions, TraceInfo};
use winter_prover::{
    CompositionPoly, CompositionPolyTrace, DefaultConstraintCommitment, DefaultConstraintEvaluator, DefaultTraceLde,
    Prover, StarkDomain, TracePolyTable, TraceTable, matrix::ColMatrix,
};
use winter_verifier::math::FieldElement;

/// Proves that columns make a statement true; whether they do is not its business.
pub(crate) struct ChainProver {
    inputs: PublicInputs,
    options: ProofOptions,
}

impl ChainProver {
    pub(crate) fn new<S: Statement>(statement: &S, options: ProofOptions) -> Self {
        Self { inputs: PublicInputs::of(statement), options }
    }

    pub(crate) fn prove_columns(&self, columns: Columns) -> Result<Vec<u8>, NotProved> {
        let proof = self.prove(TraceTable::init(columns)).map_err(|error| NotProved(error.to_string()))?;
        Ok(proof.to_bytes())
    }
}

impl Prover for ChainProver {
    type BaseField = Felt;
    type Air = ChainAir;
    type Trace = TraceTable<Felt>;
    type HashFn = Hash;
    type VC = Commitment;
    type RandomCoin = Coin;
    type TraceLde<E: FieldElement<BaseField = Felt>> = DefaultTraceLde<E, Hash, Commitment>;
    type ConstraintEvaluator<'a, E: FieldElement<BaseField = Felt>> = DefaultConstraintEvaluator<'a, ChainAir, E>;
    type ConstraintCommitment<E: FieldElement<BaseField = Felt>> = DefaultConstraintCommitment<E, Hash, Commitment>;

    fn get_pub_inputs(&self, _: &TraceTable<Felt>) -> PublicInputs {
        self.inputs.clone()
    }

    fn options(&self) -> &ProofOptions {
        &self.options
    }

    fn new_trace_lde<E: FieldElement<BaseField = Felt>>(
        &self,
        info: &TraceInfo,
        columns: &ColMatrix<Felt>,
        domain: &StarkDomain<Felt>,
        partitions: PartitionOptions,
    ) -> (Self::TraceLde<E>, TracePolyTable<E>) {
        DefaultTraceLde::new(info, columns, domain, partitions)
    }

    fn new_evaluator<'a, E: FieldElement<BaseField = Felt>>(
        &self,
        air: &'a ChainAir,
        random: Option<AuxRandElements<E>>,
        coefficients: ConstraintCompositionCoefficients<E>,
    ) -> Self::ConstraintEvaluator<'a, E> {
        DefaultConstraintEvaluator::new(air, random, coefficients)
    }

    fn build_constraint_commitment<E: FieldElement<BaseField = Felt>>(
        &self,
        composition: CompositionPolyTrace<E>,
        columns: usize,
        domain: &StarkDomain<Felt>,
        partitions: PartitionOptions,
    ) -> (Self::ConstraintCommitment<E>, CompositionPoly<E>) {
        DefaultConstraintCommitment::new(composition, columns, domain, partitions)
    }
}
